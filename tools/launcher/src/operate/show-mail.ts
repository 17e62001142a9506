import { LauncherError } from '../common/launcher-error.js';
import { readShop } from '../data-directory/read-shop.js';

const TIMEOUT_MS = 10_000;

/** As in the mail catcher's `GET /messages`. */
interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly receivedAt: string;
  readonly text: string;
  readonly duplicates: number;
}

interface MailPage {
  readonly items: readonly Mail[];
  readonly next?: string;
}

export interface ShowMailOptions {
  readonly dataDir: string;
  /** Exactly this recipient. */
  readonly to?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/**
 * Prints the mail that the shop has sent, the newest first.
 * @throws LauncherError `MAIL.UNREACHABLE`
 */
export async function showMail({ dataDir, to, limit, json }: ShowMailOptions): Promise<void> {
  const { mailUrl } = readShop(dataDir);
  const page = await readMail(mailUrl, new URLSearchParams({ limit: String(limit), ...(to && { to }) }));
  if (json) console.log(JSON.stringify(page, null, 2));
  else if (page.items.length === 0) console.log(to ? `No mail to ${to}.` : 'No mail yet.');
  else console.log([...page.items.map(describe), ...(page.next ? [`Older mail: ${mailUrl}`] : [])].join('\n\n'));
}

async function readMail(mailUrl: string, query: URLSearchParams): Promise<MailPage> {
  try {
    const response = await fetch(`${mailUrl}/messages?${query}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return (await response.json()) as MailPage;
  } catch (cause) {
    throw new LauncherError(
      'MAIL.UNREACHABLE',
      `the mail catcher at ${mailUrl} does not answer: look at it with "npm run looseleaf -- status"`,
      { cause },
    );
  }
}

function describe({ to, subject, receivedAt, text, duplicates }: Mail): string {
  const again = duplicates > 0 ? ` (sent again ${duplicates} ×, kept once)` : '';
  const indented = text.trimEnd().replaceAll(/^(?=.)/gm, '  ');
  return `${receivedAt}  to ${to}${again}\n  ${subject}\n\n${indented}`;
}
