import { MAX_LINES_PER_ORDER, type OrderLine } from '@looseleaf/contracts';
import { SessionError } from './session-errors.js';
import { isCartOf, type Session } from './session.js';

/** Sets one line, whatever it was: doing it twice is doing it once. @throws SessionError `CART.FULL` */
export function setLine(session: Session, line: OrderLine): Session {
  const index = session.lines.findIndex(({ sku }) => sku === line.sku);
  if (index < 0 && session.lines.length >= MAX_LINES_PER_ORDER) {
    throw new SessionError('CART.FULL', `A cart has at most ${MAX_LINES_PER_ORDER} lines. Take one out first.`);
  }
  const lines = index < 0 ? [...session.lines, line] : session.lines.with(index, line);
  return isSameLine(session.lines[index], line) ? session : withLines(session, lines);
}

/** Takes a line out, if it is there. */
export function removeLine(session: Session, sku: string): Session {
  const lines = session.lines.filter((line) => line.sku !== sku);
  return lines.length === session.lines.length ? session : withLines(session, lines);
}

/** Takes all lines out. */
export function emptyCart(session: Session): Session {
  return session.lines.length === 0 ? session : withLines(session, []);
}

/** The session with these lines, one version on. */
export function withLines(session: Session, lines: readonly OrderLine[]): Session {
  const version = session.version + 1;
  return { ...session, lines, version, cartVersion: version };
}

/** What is left of a cart when an order of it was accepted: what was added since the order was made. */
export function subtract(lines: readonly OrderLine[], ordered: readonly OrderLine[]): OrderLine[] {
  const quantities = new Map(ordered.map(({ sku, quantity }) => [sku, quantity]));
  return lines
    .map((line) => ({ ...line, quantity: line.quantity - (quantities.get(line.sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}

/** @throws SessionError `CART.CHANGED` when the cart is no longer the one that the client has seen */
export function assertCartOf(session: Session, seenVersion: number | undefined): void {
  if (seenVersion === undefined || isCartOf(session, seenVersion)) return;
  throw new SessionError('CART.CHANGED', 'The cart has changed since the version in If-Match. Read it again.');
}

/**
 * Changes a cart if it is the one that the client has seen; one that is as the client wants it already, by this request sent
 * before, say, stays so.
 * @param seenVersion any cart will do when it is left out
 * @throws SessionError `CART.CHANGED`, and what `change` throws
 */
export function changeSeen(
  session: Session,
  seenVersion: number | undefined,
  change: (session: Session) => Session,
): Session {
  const next = change(session);
  if (next !== session) assertCartOf(session, seenVersion);
  return next;
}

/** Whether two lines ask for the same. */
export function isSameLine(one: OrderLine | undefined, other: OrderLine | undefined): boolean {
  return (
    one?.sku === other?.sku &&
    one?.quantity === other?.quantity &&
    one?.seenUnitPriceMinor === other?.seenUnitPriceMinor
  );
}
