import { Injectable } from '@nestjs/common';
import { readMailText } from '../store/mail-file.js';
import { foldAddress, type KeptMail } from '../store/mail-index.js';
import { MailStore } from '../store/mail-store.js';

/** A mail as it is shown. */
export interface MailView {
  readonly id: string;
  /** With its angle brackets; missing when the mail has none. */
  readonly messageId?: string;
  /** Who signed it, as in `Looseleaf <shop@looseleaf.example>`; the sender of the envelope when nobody did. */
  readonly from: string;
  /** The recipient of the envelope: whom it was delivered to. */
  readonly to: string;
  readonly subject: string;
  readonly receivedAt: string;
  readonly text: string;
  /** How often the same mail was sent again. */
  readonly duplicates: number;
}

/** The newest mails first. */
export interface MailPage {
  readonly items: readonly MailView[];
  /** For `after`, when there are more. */
  readonly next?: string;
}

/** Which mails to read. */
export interface MailQuery {
  /** Exactly this recipient. */
  readonly to?: string | undefined;
  /** Recipients whose address has this in it. */
  readonly toPart?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Reads caught mail. Whether a letter of an address is a capital does not count. */
@Injectable()
export class MailReader {
  constructor(private readonly store: MailStore) {}

  async list({ to, toPart, after, limit }: MailQuery): Promise<MailPage> {
    const [address, part] = [to, toPart].map((text) => (text === undefined ? undefined : foldAddress(text)));
    const isWanted = ({ recipient }: KeptMail): boolean => {
      const folded = foldAddress(recipient);
      return (address === undefined || folded === address) && (part === undefined || folded.includes(part));
    };
    const [found, more] = splitAt(this.store.list(limit + 1, isWanted, after), limit);
    const items: MailView[] = [];
    for (const mail of found) {
      const view = await this.#view(mail);
      if (view) items.push(view);
    }
    return { items, ...(more.length > 0 && { next: found.at(-1)!.id }) };
  }

  /** `undefined` when there is none with this id. */
  async find(id: string): Promise<MailView | undefined> {
    const mail = this.store.find(id);
    return mail && this.#view(mail);
  }

  /** The mail as it was sent, below its envelope; `undefined` when there is none with this id. */
  async findFile(id: string): Promise<Buffer | undefined> {
    const mail = this.store.find(id);
    return mail && this.store.readFile(mail);
  }

  clear(): Promise<void> {
    return this.store.clear();
  }

  async #view(mail: KeptMail): Promise<MailView | undefined> {
    const file = await this.store.readFile(mail);
    if (!file) return undefined;
    const { id, messageId, recipient: to, subject, duplicates } = mail;
    const { author, text } = await readMailText(file);
    const receivedAt = new Date(Number(id)).toISOString();
    return {
      id,
      ...(messageId && { messageId }),
      from: author || mail.from,
      to,
      subject,
      receivedAt,
      text,
      duplicates,
    };
  }
}

function splitAt<Item>(items: readonly Item[], index: number): [Item[], Item[]] {
  return [items.slice(0, index), items.slice(index)];
}
