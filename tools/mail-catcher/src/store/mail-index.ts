import { hash } from 'node:crypto';
import type { Envelope, MailTitle } from './mail-file.js';

/** What is known of a kept mail without a look into its file. */
export interface KeptMail extends MailTitle, Envelope {
  /** When it was received, in milliseconds since 1970, made unique: 13 digits, which sort by age. */
  readonly id: string;
  readonly bytes: number;
  /** How often the same mail came again. */
  readonly duplicates: number;
}

/** Which mails are kept, oldest first; found by id, and by what makes two of them the same. */
export class MailIndex {
  readonly #mails = new Map<string, KeptMail>();
  readonly #ids = new Map<string, string>();
  #bytes = 0;

  get count(): number {
    return this.#mails.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): KeptMail | undefined {
    return this.#mails.values().next().value;
  }

  newestFirst(): KeptMail[] {
    return [...this.#mails.values()].reverse();
  }

  find(id: string): KeptMail | undefined {
    return this.#mails.get(id);
  }

  /** The kept mail with this Message-ID to this recipient. A mail without Message-ID is like no other. */
  findSame(mail: Identity): KeptMail | undefined {
    const key = keyOf(mail);
    return key === undefined ? undefined : this.#mails.get(this.#ids.get(key) ?? '');
  }

  /** Adds a mail that is newer than all others, or replaces what is known of one. */
  set(mail: KeptMail): void {
    this.#bytes += mail.bytes - (this.#mails.get(mail.id)?.bytes ?? 0);
    this.#mails.set(mail.id, mail);
    const key = keyOf(mail);
    if (key !== undefined) this.#ids.set(key, mail.id);
  }

  delete(mail: KeptMail): void {
    if (!this.#mails.delete(mail.id)) return;
    this.#bytes -= mail.bytes;
    const key = keyOf(mail);
    if (key !== undefined && this.#ids.get(key) === mail.id) this.#ids.delete(key);
  }
}

type Identity = Pick<KeptMail, 'messageId' | 'recipient'>;

/** A digest, so that its size does not depend on the sender. */
function keyOf({ messageId, recipient }: Identity): string | undefined {
  return messageId && hash('sha256', `${messageId}\n${foldAddress(recipient)}`, 'base64');
}

/** The form in which addresses are compared: whether a letter is a capital does not count. */
export function foldAddress(address: string): string {
  return address.toLowerCase();
}
