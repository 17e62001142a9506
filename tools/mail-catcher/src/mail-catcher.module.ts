import { Module, type DynamicModule } from '@nestjs/common';
import { MailReader } from './read-mail/mail-reader.js';
import { MessagesController } from './read-mail/messages.controller.js';
import { PagesController } from './show-mail/pages.controller.js';
import type { MailStore } from './store/mail-store.js';

/** What the mail catcher shows over HTTP. */
@Module({})
export class MailCatcherModule {
  static create(store: MailStore): DynamicModule {
    return {
      module: MailCatcherModule,
      controllers: [PagesController, MessagesController],
      providers: [{ provide: MailReader, useValue: new MailReader(store) }],
    };
  }
}
