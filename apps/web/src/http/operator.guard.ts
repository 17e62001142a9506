import { Inject, Injectable } from '@nestjs/common';
import { BearerGuard } from '@looseleaf/service-kit';
import type { WebConfig } from '../web.config.js';
import { CONFIG } from '../web.tokens.js';

/** Lets operators pass: `Authorization: Bearer <operator key>`, else 401. */
@Injectable()
export class OperatorGuard extends BearerGuard {
  constructor(@Inject(CONFIG) config: WebConfig) {
    super(config.OPERATOR_KEY, 'operator');
  }
}
