import { INTERNAL_KEY } from '@looseleaf/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Database } from '@looseleaf/persistence';

/** What the notifier needs from outside; `main.ts` makes it and closes it. */
export interface NotifierModuleOptions {
  readonly database: Database;
  /** The key of the internal HTTP API. */
  readonly internalKey: string;
}

/** The notifier: its internal HTTP API, and a use case behind each route. */
@Module({})
export class NotifierModule {
  static create({ internalKey }: NotifierModuleOptions): DynamicModule {
    return { module: NotifierModule, providers: [{ provide: INTERNAL_KEY, useValue: internalKey }] };
  }
}
