import PostalMime, { type Address, type Email } from 'postal-mime';

/** What a mail says of itself. */
export interface MailTitle {
  /** With its angle brackets; missing when the mail has none. */
  readonly messageId?: string;
  readonly subject: string;
}

/** Who sends a mail and who gets it, as the SMTP client said; the mail's own `From` and `To` may say otherwise. */
export interface Envelope {
  /** Empty for a mail about a mail that could not be delivered. */
  readonly from: string;
  readonly recipient: string;
}

/** A mail that cannot be taken as it is; in words for its sender. */
export class UnreadableMailError extends Error {
  override readonly name = 'UnreadableMailError';
}

/** RFC 5322, section 2.1.1. */
const LONGEST_LINE = 998;
const END_OF_HEAD = '\r\n\r\n';
/** RFC 5321, section 4.4: whoever delivers a mail says above it how it came. */
const TRACE = /^Return-Path: <([^\r\n]*)>\r\nDelivered-To: ([^\r\n]*)\r\n/;
/** What exceeds them was made to exhaust its reader. */
const LIMITS = { maxNestingDepth: 50, maxHeadersSize: 256 * 1024 };

/** The content of a mail's file: the mail as it was sent, below its envelope. */
export function encodeMailFile(raw: Buffer, { from, recipient }: Envelope): Buffer {
  return Buffer.concat([Buffer.from(`Return-Path: <${from}>\r\nDelivered-To: ${recipient}\r\n`), raw]);
}

/**
 * Reads the whole mail as it was sent: what passes here can be shown later.
 * @throws UnreadableMailError
 */
export async function readSentMail(raw: Buffer): Promise<MailTitle> {
  let title: MailTitle;
  try {
    title = titleOf(await PostalMime.parse(raw, LIMITS));
  } catch (cause) {
    throw new UnreadableMailError((cause as Error).message, { cause });
  }
  if ((title.messageId?.length ?? 0) > LONGEST_LINE) throw new UnreadableMailError('the Message-ID is too long');
  return title;
}

/** Reads the head of a mail's file; `undefined` when the file is none that {@link encodeMailFile} made. */
export async function readMailHead(file: Buffer): Promise<(MailTitle & Envelope) | undefined> {
  const end = file.indexOf(END_OF_HEAD);
  const head = end < 0 ? file : file.subarray(0, end + END_OF_HEAD.length);
  const [, from, recipient] = TRACE.exec(head.toString()) ?? [];
  if (from === undefined || recipient === undefined) return undefined;
  return { from, recipient, ...titleOf(await PostalMime.parse(head, LIMITS)) };
}

/** What a person reads of a mail. */
export interface MailText {
  /** The author with name and address; empty when the mail names none. */
  readonly author: string;
  readonly text: string;
}

/** Decodes a mail's file. */
export async function readMailText(file: Buffer): Promise<MailText> {
  const { from, text = '' } = await PostalMime.parse(file, LIMITS);
  return { author: from ? addressText(from) : '', text };
}

function titleOf({ messageId, subject = '' }: Email): MailTitle {
  return { ...(messageId && { messageId }), subject: subject.slice(0, LONGEST_LINE) };
}

function addressText({ name, address, group }: Address): string {
  if (group) return `${name}: ${group.map(addressText).join(', ')};`;
  return name ? `${name} <${address}>` : address;
}
