import { once } from 'node:events';
import { mkdtemp, rename } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '@looseleaf/infra';
import { CatcherUnderTest } from './testing/catcher-under-test.js';
import { SmtpDialogue } from './testing/smtp-dialogue.js';

const MAX_MAIL_BYTES = 20_000;

let catcher: CatcherUnderTest;

beforeAll(async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'looseleaf-mail-'));
  catcher = await CatcherUnderTest.start(directory, {
    MAX_MAIL_BYTES: String(MAX_MAIL_BYTES),
    MAX_MAILS: '200',
    NETWORK_NAMES: 'shop-mail,shop-mail.shop',
  });
});
afterAll(() => catcher.close());
beforeEach(async () => {
  expect((await fetch(`${catcher.url}/messages`, { method: 'DELETE' })).status).toBe(204);
});

async function catcherCalled(host: string): Promise<IncomingMessage> {
  const [answer] = (await once(get(`${catcher.url}/messages`, { headers: { host } }), 'response')) as [IncomingMessage];
  return answer;
}

describe('A mail that is sent', () => {
  it('can be read: its envelope, its subject and its text, decoded', async () => {
    await catcher.send({
      to: 'Ada <ada@x.example>',
      subject: 'Bestätigt',
      text: 'Grüße\n.\n..\nEnde',
      messageId: '<1@shop>',
    });
    const { items, next } = await catcher.list();
    expect([items, next]).toEqual([
      [
        {
          id: expect.stringMatching(/^\d{13}$/),
          messageId: '<1@shop>',
          from: 'Looseleaf <shop@looseleaf.example>',
          to: 'ada@x.example',
          subject: 'Bestätigt',
          receivedAt: new Date(Number(items[0]?.id)).toISOString(),
          text: 'Grüße\n.\n..\nEnde\n',
          duplicates: 0,
        },
      ],
      undefined,
    ]);
    expect(await (await fetch(`${catcher.url}/messages/${items[0]?.id}`)).json()).toEqual(items[0]);
  });

  it('can be had as it was sent', async () => {
    await catcher.send({ to: 'ada@x.example', subject: 'Plain' });
    const [mail] = await catcher.mailsTo('ada@x.example');
    const file = await fetch(`${catcher.url}/messages/${mail?.id}.eml`);
    expect([file.headers.get('content-type'), file.headers.get('content-disposition')]).toEqual([
      'message/rfc822',
      'attachment',
    ]);
    const text = await file.text();
    expect(text).toMatch(/^Return-Path: <shop@looseleaf\.example>\r\nDelivered-To: ada@x\.example\r\n/);
    expect(text).toContain('\r\nSubject: Plain\r\n');
  });

  it('is kept for each recipient, and found by the exact address in capitals or not', async () => {
    await catcher.send({ to: ['Ada@x.example', 'bob@x.example'], bcc: 'eve@x.example', subject: 'All' });
    for (const address of ['ada@X.example', 'bob@x.example', 'eve@x.example']) {
      expect(await catcher.mailsTo(address)).toHaveLength(1);
    }
    expect(await catcher.mailsTo('a@x.example')).toEqual([]);
  });

  it('is kept once when it comes again, also from many at once, and each further time is counted', async () => {
    const mail = { to: 'ada@x.example', messageId: '<same@shop>' };
    await Promise.all(Array.from({ length: 5 }, () => catcher.send(mail)));
    await catcher.send({ ...mail, to: ['ADA@x.example', 'bob@x.example'] });
    await catcher.send({ to: 'ada@x.example', messageId: '<other@shop>' });
    expect(
      (await catcher.mailsTo('ada@x.example')).map(({ messageId, duplicates }) => [messageId, duplicates]),
    ).toEqual([
      ['<other@shop>', 0],
      ['<same@shop>', 5],
    ]);
    expect(await catcher.mailsTo('bob@x.example')).toMatchObject([{ duplicates: 0 }]);
    const metrics = await (await fetch(`${catcher.managementUrl}/metrics`)).text();
    expect(metrics).toMatch(/^looseleaf_mails_total\{outcome="duplicate"\} 5$/m);
    expect(metrics).toMatch(/^looseleaf_mails_kept 3$/m);
  });

  it('is listed by pages, the newest first', async () => {
    for (const subject of ['1', '2', '3', '4', '5']) await catcher.send({ to: `${subject}@x.example`, subject });
    const pages: string[][] = [];
    for (let query = '?limit=2', next: string | undefined = ''; next !== undefined; query = `?limit=2&after=${next}`) {
      const page = await catcher.list(query);
      pages.push(page.items.map(({ subject }) => subject));
      ({ next } = page);
    }
    expect(pages).toEqual([['5', '4'], ['3', '2'], ['1']]);
    for (const query of ['?limit=0', '?limit=501', '?after=../x']) {
      expect((await fetch(`${catcher.url}/messages${query}`)).status).toBe(400);
    }
    for (const id of ['1', '..%2F..%2Fetc%2Fpasswd', '0000000000000', '0000000000000.eml']) {
      expect((await fetch(`${catcher.url}/messages/${id}`)).status).toBe(404);
    }
  });
});

describe('A mail that had a 250', () => {
  it('is there after a SIGKILL in the middle of the traffic, once, with all that was counted', async () => {
    const accepted = new Set<string>();
    await catcher.send({ to: 'ada@x.example', messageId: '<before@shop>' });
    await catcher.send({ to: 'ada@x.example', messageId: '<before@shop>' });
    const send = async (sender: number): Promise<void> => {
      for (let count = 0; ; count++) {
        const messageId = `<${sender}-${count}@shop>`;
        await catcher.send({ to: 'ada@x.example', messageId });
        accepted.add(messageId);
      }
    };
    const senders = Promise.allSettled([1, 2, 3, 4].map(send));
    await eventually(() => expect(accepted.size).toBeGreaterThan(20));
    await catcher.end('SIGKILL');
    await senders;
    await catcher.start();
    const mails = await catcher.mailsTo('ada@x.example');
    const ids = mails.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...accepted].filter((messageId) => !ids.includes(messageId))).toEqual([]);
    expect(mails.at(-1)).toMatchObject({ messageId: '<before@shop>', duplicates: 1 });
    // A client that had no answer sends its mail again: nothing is there twice.
    for (const messageId of ids) await catcher.send({ to: 'ada@x.example', messageId: messageId! });
    expect(await catcher.mailsTo('ada@x.example')).toHaveLength(ids.length);
    expect((await catcher.files()).filter((name) => !/\.(eml|duplicates)$/.test(name))).toEqual([]);
  });

  it('stays until there are too many: then the oldest go', async () => {
    for (let count = 0; count < 205; count++) await catcher.send({ to: 'ada@x.example', subject: String(count) });
    const subjects = (await catcher.mailsTo('ada@x.example')).map(({ subject }) => subject);
    expect([subjects.length, subjects[0], subjects.at(-1)]).toEqual([200, '204', '5']);
    expect(await catcher.files()).toHaveLength(200);
  });
});

describe('What is refused', () => {
  it('is a mail that is too large, whether its client says so or not, and the next one is taken', async () => {
    await expect(catcher.send({ to: 'ada@x.example', text: 'x'.repeat(MAX_MAIL_BYTES) })).rejects.toMatchObject({
      responseCode: 552,
    });
    const dialogue = await SmtpDialogue.open(catcher.smtpPort);
    await dialogue.beginMail('ada@x.example');
    dialogue.write(`Subject: x\r\n\r\n${'x'.repeat(70)}\r\n`.repeat(2_000));
    expect(await dialogue.say('.')).toMatch(/^552 .*20000 bytes/);
    await dialogue.beginMail('ada@x.example');
    dialogue.write('Subject: small\r\n\r\nx\r\n');
    expect(await dialogue.say('.')).toMatch(/^250 /);
    dialogue.hangUp();
    expect(await catcher.mailsTo('ada@x.example')).toMatchObject([{ subject: 'small' }]);
  });

  it('is a recipient whose address is too long, or one too many', async () => {
    const dialogue = await SmtpDialogue.open(catcher.smtpPort);
    for (const line of ['EHLO test', 'MAIL FROM:<a@x.example>']) await dialogue.say(line);
    expect(
      await dialogue.say(`RCPT TO:<ada@${'x'.repeat(63)}.${'x'.repeat(63)}.${'x'.repeat(63)}.${'x'.repeat(60)}>`),
    ).toMatch(/^501 /);
    for (let count = 0; count < 100; count++) {
      expect(await dialogue.say(`RCPT TO:<${count}@x.example>`)).toMatch(/^250 /);
    }
    expect(await dialogue.say('RCPT TO:<100@x.example>')).toMatch(/^452 /);
    dialogue.hangUp();
  });

  it('is a mail that is made to exhaust its reader', async () => {
    const nested = Array.from(
      { length: 60 },
      (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`,
    );
    const dialogue = await SmtpDialogue.open(catcher.smtpPort);
    await dialogue.beginMail('ada@x.example');
    dialogue.write(nested.join(''));
    expect(await dialogue.say('\r\n.')).toMatch(/^554 /);
    await dialogue.beginMail('ada@x.example');
    dialogue.write(`Message-ID: <${'x'.repeat(1_000)}@x>\r\n\r\n`);
    expect(await dialogue.say('.')).toMatch(/^554 /);
    dialogue.hangUp();
    expect(await catcher.files()).toEqual([]);
  });

  it('is a mail whose client goes away before its end', async () => {
    const refused = async (): Promise<string | undefined> => {
      const metrics = await (await fetch(`${catcher.managementUrl}/metrics`)).text();
      return /^looseleaf_mails_total\{outcome="refused"\} (\d+)$/m.exec(metrics)?.[1];
    };
    const before = await refused();
    const dialogue = await SmtpDialogue.open(catcher.smtpPort);
    await dialogue.beginMail('ada@x.example');
    dialogue.write('Subject: half\r\n\r\nTo be con');
    dialogue.hangUp();
    await eventually(async () => expect(await refused()).not.toBe(before));
    await catcher.send({ to: 'ada@x.example', subject: 'whole' });
    expect(await catcher.mailsTo('ada@x.example')).toMatchObject([{ subject: 'whole' }]);
  });

  it('is every mail while the folder is away, for later', async () => {
    await rename(catcher.directory, `${catcher.directory}.away`);
    try {
      await expect(catcher.send({ to: 'ada@x.example' })).rejects.toMatchObject({ responseCode: 451 });
      expect((await fetch(`${catcher.managementUrl}/readyz`)).status).toBe(503);
      expect((await fetch(`${catcher.managementUrl}/livez`)).status).toBe(200);
    } finally {
      await rename(`${catcher.directory}.away`, catcher.directory);
    }
    await catcher.send({ to: 'ada@x.example' });
    expect(await catcher.mailsTo('ada@x.example')).toHaveLength(1);
  });

  it('is to log in: there is nothing to protect', async () => {
    const dialogue = await SmtpDialogue.open(catcher.smtpPort);
    await dialogue.say('EHLO test');
    expect(await dialogue.say('AUTH PLAIN AGFkYQBzZWNyZXQ=')).toMatch(/^5/);
    dialogue.hangUp();
  });
});

describe('The pages', () => {
  it('show what strangers wrote as text, whatever it is', async () => {
    const markup = `<script>alert("1")</script>' & "`;
    await catcher.send({
      to: "o'hara&b@x.example",
      from: { name: markup, address: 'a@x.example' },
      subject: markup,
      text: markup,
    });
    const [{ id } = { id: '' }] = (await catcher.list()).items;
    for (const target of ['/', `/mails/${id}`, `/?to=${encodeURIComponent("'hara&b")}`, '/?to=%22%3E%3Cscript%3E']) {
      const response = await fetch(`${catcher.url}${target}`);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self';/);
      const page = await response.text();
      expect(page).not.toContain('<script>');
      expect(page).not.toContain("'hara&b");
    }
    expect(await catcher.page(`/mails/${id}`)).toContain(
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; &amp; &quot;',
    );
  });

  it('list the mail, and find it by a part of the address', async () => {
    await catcher.send({ to: 'manager.berlin@x.example', subject: 'Echo Plus is out of stock', messageId: '<1@shop>' });
    await catcher.send({ to: 'manager.berlin@x.example', subject: 'Echo Plus is out of stock', messageId: '<1@shop>' });
    await catcher.send({ to: 'ada@x.example', subject: '' });
    const [ada, berlin] = (await catcher.list()).items;
    const all = await catcher.page('/');
    expect(all).toContain(`<a href="/mails/${berlin?.id}">Echo Plus is out of stock</a>`);
    expect(all).toContain('sent again once');
    expect(all).toContain(`<a href="/mails/${ada?.id}"><em>(no subject)</em></a>`);
    const found = await catcher.page('/?to=BERLIN');
    expect([found.includes(`/mails/${berlin?.id}`), found.includes(`/mails/${ada?.id}`)]).toEqual([true, false]);
    expect(found).toContain('value="BERLIN"');
    expect(await catcher.page('/?to=nobody')).toContain('No mail to an address with “nobody” in it.');
    const missing = await fetch(`${catcher.url}/mails/0000000000000`);
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining('No such mail')]);
  });

  it('lead to older mail', async () => {
    for (let count = 0; count < 51; count++) await catcher.send({ to: 'ada@x.example', subject: `mail ${count}` });
    const first = await catcher.page('/?to=ada');
    const [, older] = /<a href="([^"]+)">Older mail<\/a>/.exec(first) ?? [];
    expect(first).not.toContain('>mail 0<');
    const second = await catcher.page(older!.replaceAll('&amp;', '&'));
    expect(second.match(/<th scope="row">/g)).toHaveLength(1);
    expect([second.includes('>mail 0<'), second.includes('Older mail')]).toEqual([true, false]);
  });

  it('are for this machine: a stranger who made his name point here reads nothing', async () => {
    const answer = await catcherCalled('stranger.example');
    expect([answer.statusCode, (JSON.parse(await text(answer)) as { code: string }).code]).toEqual([
      421,
      'HOST.FOREIGN',
    ]);
  });

  it('are for those who call it by the name that it was given', async () => {
    expect((await catcherCalled('shop-mail')).statusCode).toBe(200);
  });
});

describe('SIGTERM', () => {
  it('ends it with 0, though a client holds its connection', async () => {
    const dialogue = await SmtpDialogue.open(catcher.smtpPort);
    expect(await catcher.end('SIGTERM')).toBe(0);
    dialogue.hangUp();
    await catcher.start();
  });
});
