import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MailStore, type MailStoreOptions } from './mail-store.js';
import { writeTogether } from './write-together.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'looseleaf-mail-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (options: Partial<MailStoreOptions> = {}): Promise<MailStore> =>
  MailStore.open({ directory, maxMails: 100, maxBytes: 100_000, ...options });

/** A mail of about 1,100 bytes. */
function mail(subject: string, recipient = 'ada@x.example'): Parameters<MailStore['keep']>[0] {
  const raw = Buffer.from(`Message-ID: <${subject}@shop>\r\nSubject: ${subject}\r\n\r\n${'x'.repeat(1_000)}\r\n`);
  return { raw, from: 'shop@x.example', recipients: [recipient] };
}

const subjects = (store: MailStore): string[] => store.list(100, () => true).map(({ subject }) => subject);

describe('A mail store that is opened again', () => {
  it('has every mail, in order, and goes on with later ids', async () => {
    const store = await open();
    for (const subject of ['1', '2', '3']) await store.keep(mail(subject));
    const again = await open();
    expect(subjects(again)).toEqual(['3', '2', '1']);
    expect(again.list(1, () => true)).toEqual(store.list(1, () => true));
    await again.keep(mail('4'));
    expect(subjects(again)).toEqual(['4', '3', '2', '1']);
  });

  it('goes on with later ids when the clock was set back', async () => {
    await writeFile(
      path.join(directory, '9999999999990.eml'),
      'Return-Path: <>\r\nDelivered-To: a@x\r\nSubject: x\r\n\r\n',
    );
    const store = await open();
    await store.keep(mail('y'));
    expect(store.list(2, () => true).map(({ id, from }) => [id, from])).toEqual([
      ['9999999999991', 'shop@x.example'],
      ['9999999999990', ''],
    ]);
  });

  it('removes what a killed process left half done, and leaves alone what is not its own', async () => {
    const store = await open();
    await store.keep(mail('1'));
    await store.keep(mail('1'));
    const [{ id } = { id: '' }] = store.list(1, () => true);
    const files = {
      '0000000000001.eml.part': 'Return-Path: <a@x>\r\nDeliv',
      '0000000000002.duplicates': '2026-11-21T12:00:00.000Z\n',
      '0000000000003.eml': 'Subject: not caught here\r\n\r\n',
      'notes.txt': 'mine',
    };
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(directory, name), content);
    // A line that was cut off was not counted.
    await writeFile(path.join(directory, `${id}.duplicates`), '2026-11-21T12:00:00.000Z\n2026-11', { flag: 'w' });
    const foreign: string[] = [];
    const again = await open({ onForeignFile: (name) => foreign.push(name) });
    expect(again.list(9, () => true)).toMatchObject([{ id, duplicates: 1 }]);
    expect(foreign.sort()).toEqual(['0000000000003.eml', 'notes.txt']);
    expect((await readdir(directory)).sort()).toEqual([
      '0000000000003.eml',
      `${id}.duplicates`,
      `${id}.eml`,
      'notes.txt',
    ]);
  });

  it('keeps to limits that are lower than before', async () => {
    const store = await open();
    for (const subject of ['1', '2', '3']) await store.keep(mail(subject));
    expect(subjects(await open({ maxMails: 2 }))).toEqual(['3', '2']);
  });
});

describe('A full mail store', () => {
  it('has room for each new mail: the oldest go, and what was known of them', async () => {
    const store = await open({ maxBytes: 3_500 });
    for (const subject of ['1', '2', '3', '3', '4', '1']) await store.keep(mail(subject));
    expect(store.list(9, () => true).map(({ subject, duplicates }) => [subject, duplicates])).toEqual([
      ['1', 0],
      ['4', 0],
      ['3', 1],
    ]);
    expect(await store.keep(mail('2'))).toEqual(['kept']);
  });
});

describe('Files that are written together', () => {
  it('are all there, or none when one cannot be written', async () => {
    const [good, bad] = ['good', 'bad'].map((name) => ({
      path: path.join(directory, name),
      content: Buffer.from('x'),
    }));
    await mkdir(`${bad!.path}.part`);
    await expect(writeTogether([good!, bad!])).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(directory)).toEqual(['bad.part']);
    await writeTogether([good!]);
    expect((await readdir(directory)).sort()).toEqual(['bad.part', 'good']);
  });
});
