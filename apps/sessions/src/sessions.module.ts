import { INTERNAL_KEY } from '@looseleaf/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Database } from '@looseleaf/persistence';

/** What the session store needs from outside; `main.ts` makes it and closes it. */
export interface SessionsModuleOptions {
  readonly database: Database;
  /** The key of the internal HTTP API. */
  readonly internalKey: string;
}

/** The session store: its internal HTTP API, and a use case behind each route. */
@Module({})
export class SessionsModule {
  static create({ internalKey }: SessionsModuleOptions): DynamicModule {
    return { module: SessionsModule, providers: [{ provide: INTERNAL_KEY, useValue: internalKey }] };
  }
}
