export type { MailPage, MailView } from './read-mail/mail-reader.js';
