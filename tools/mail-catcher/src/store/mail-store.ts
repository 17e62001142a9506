import { access, constants, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { encodeMailFile, readMailHead, readSentMail, type MailTitle } from './mail-file.js';
import { MailIndex, type KeptMail } from './mail-index.js';
import { appendAndSync, PART, writeTogether } from './write-together.js';

export interface MailStoreOptions {
  /** Made when it does not exist. One process at a time uses it. */
  readonly directory: string;
  /** How many mails are kept; the oldest go. */
  readonly maxMails: number;
  readonly maxBytes: number;
  /** Told the name of a file in the directory that is none of this store's; it is left alone. */
  readonly onForeignFile?: (name: string) => void;
}

/** A mail on its way in, with the envelope that the SMTP client gave it. */
export interface SentMail {
  readonly raw: Buffer;
  readonly from: string;
  readonly recipients: readonly string[];
}

/** What became of a mail for a recipient. */
export type KeepOutcome = 'kept' | 'duplicate';

interface NewMail extends KeptMail {
  readonly content: Buffer;
}

const MAIL = /^(\d{13})\.eml$/;
const DUPLICATES = /^(\d{13})\.duplicates$/;

/**
 * Mail in a folder: a file `<id>.eml` for each mail and recipient and, when the same mail came again, a file
 * `<id>.duplicates` with a line for each time. The folder is all there is: what is in memory is read from it at the start.
 */
export class MailStore {
  readonly #index = new MailIndex();
  #last: Promise<unknown> = Promise.resolve();
  #lastId = 0;

  private constructor(private readonly options: MailStoreOptions) {}

  /** Reads what the folder holds, and removes what a killed process left half done. */
  static async open(options: MailStoreOptions): Promise<MailStore> {
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const store = new MailStore(options);
    await store.#load();
    await store.#makeRoom(0, 0);
    return store;
  }

  get count(): number {
    return this.#index.count;
  }

  /**
   * Keeps a mail once for each recipient, unless the same one (by Message-ID and recipient) is kept already: that is noted.
   * All of it is on disk when this resolves. When it rejects, no mail of it is kept.
   * @throws UnreadableMailError, or what the file system says
   */
  keep(mail: SentMail): Promise<KeepOutcome[]> {
    return this.#inTurn(async () => {
      const title = await readSentMail(mail.raw);
      const same = mail.recipients.map((recipient) => this.#index.findSame({ ...title, recipient }));
      for (const known of same) if (known) await this.#noteDuplicate(known);
      await this.#write(mail.recipients.filter((_, at) => !same[at]).map((to) => this.#newMail(mail, title, to)));
      return same.map((known) => (known ? 'duplicate' : 'kept'));
    });
  }

  /** The newest first. @param after an id: only what is older */
  list(limit: number, isWanted: (mail: KeptMail) => boolean, after?: string): KeptMail[] {
    const found: KeptMail[] = [];
    for (const mail of this.#index.newestFirst()) {
      if (found.length === limit) break;
      if ((after === undefined || mail.id < after) && isWanted(mail)) found.push(mail);
    }
    return found;
  }

  find(id: string): KeptMail | undefined {
    return this.#index.find(id);
  }

  /** The file of a mail; `undefined` when it had to go meanwhile. */
  async readFile({ id }: KeptMail): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#path(`${id}.eml`));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Removes every mail and the memory of it: the same mail sent again is a new one. */
  clear(): Promise<void> {
    return this.#inTurn(async () => {
      for (const mail of this.#index.newestFirst()) await this.#remove(mail);
    });
  }

  /** @throws what the file system says when the folder cannot be written */
  ping(): Promise<void> {
    return access(this.options.directory, constants.W_OK);
  }

  /** Changes happen one after the other, so that what is decided on still holds when it is done. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    // Whoever asked for it is told; the next one begins all the same.
    this.#last = result.catch(() => undefined);
    return result;
  }

  #newMail({ raw, from }: SentMail, title: MailTitle, recipient: string): NewMail {
    this.#lastId = Math.max(Date.now(), this.#lastId + 1);
    const content = encodeMailFile(raw, { from, recipient });
    const id = String(this.#lastId).padStart(13, '0');
    return { id, from, recipient, ...title, bytes: content.length, duplicates: 0, content };
  }

  async #write(mails: readonly NewMail[]): Promise<void> {
    await this.#makeRoom(
      mails.length,
      mails.reduce((bytes, mail) => bytes + mail.bytes, 0),
    );
    await writeTogether(mails.map(({ id, content }) => ({ path: this.#path(`${id}.eml`), content })));
    for (const { content: _, ...mail } of mails) this.#index.set(mail);
  }

  async #noteDuplicate(mail: KeptMail): Promise<void> {
    await appendAndSync(this.#path(`${mail.id}.duplicates`), `${new Date().toISOString()}\n`);
    this.#index.set({ ...mail, duplicates: mail.duplicates + 1 });
  }

  async #makeRoom(mails: number, bytes: number): Promise<void> {
    const { maxMails, maxBytes } = this.options;
    while (this.#index.count + mails > maxMails || this.#index.bytes + bytes > maxBytes) {
      const { oldest } = this.#index;
      if (!oldest) return;
      await this.#remove(oldest);
    }
  }

  async #remove(mail: KeptMail): Promise<void> {
    await rm(this.#path(`${mail.id}.eml`), { force: true });
    await rm(this.#path(`${mail.id}.duplicates`), { force: true });
    this.#index.delete(mail);
  }

  async #load(): Promise<void> {
    const names = (await readdir(this.options.directory)).sort();
    for (const name of names.filter((each) => MAIL.test(each))) await this.#loadMail(name);
    for (const name of names) {
      const known = this.#index.find(DUPLICATES.exec(name)?.[1] ?? '');
      if (known) await this.#loadDuplicates(known, name);
      else if (name.endsWith(PART) || DUPLICATES.test(name)) await rm(this.#path(name), { force: true });
      else if (!MAIL.test(name)) this.options.onForeignFile?.(name);
    }
  }

  async #loadMail(name: string): Promise<void> {
    const file = await readFile(this.#path(name));
    const head = await readMailHead(file);
    const id = path.basename(name, '.eml');
    if (head) this.#index.set({ id, ...head, bytes: file.length, duplicates: 0 });
    else this.options.onForeignFile?.(name);
    this.#lastId = Math.max(this.#lastId, Number(id));
  }

  async #loadDuplicates(mail: KeptMail, name: string): Promise<void> {
    const lines = (await readFile(this.#path(name), 'utf8')).split('\n');
    // After the last line end there is nothing, or a line that was not finished.
    this.#index.set({ ...mail, duplicates: lines.length - 1 });
  }

  #path(name: string): string {
    return path.join(this.options.directory, name);
  }
}
