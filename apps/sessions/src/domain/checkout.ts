import { assertCartOf, isSameLine, subtract, withLines } from './cart.js';
import { SessionError } from './session-errors.js';
import type { CheckoutContent, CompletedCheckout, Identity, PendingCheckout, Session } from './session.js';

export interface BeginRequest {
  /** Replaces what the session remembers, field by field. */
  readonly identity: Identity;
  /** The version of the cart that the customer saw. */
  readonly seenVersion?: number | undefined;
  /** The checkout whose order is known never to be placed. */
  readonly withdrawn?: string | undefined;
  /** The id of a checkout that is new. */
  readonly newId: string;
  readonly nowMs: number;
  /** How long a checkout has the cart to itself. */
  readonly leaseMs: number;
}

/** What to do next for the customer's order. */
export type CheckoutStep =
  /** Send the order of this checkout; then complete it. */
  | { readonly kind: 'place'; readonly checkout: PendingCheckout }
  /**
   * Find out what became of the order of this checkout, then begin again: with this checkout complete if its order was
   * placed, with it `withdrawn` if the order never will be. Once no lease is left, it may be kept from being placed.
   */
  | { readonly kind: 'settle'; readonly checkoutId: string; readonly leaseLeftMs: number }
  /** Nothing: this cart has been ordered. */
  | { readonly kind: 'done'; readonly checkout: CompletedCheckout };

/**
 * Begins a checkout of the cart as it is. A cart is ordered once: while it is unchanged, every begin is the same checkout,
 * before its outcome is known and after.
 *
 * When the cart was changed and the outcome of the last checkout is not known, that one is settled first, so that nothing
 * is ordered twice. While its lease runs, whoever began it may promise its order to the customer; after that, it is noted
 * as withdrawn here, so that it is not begun again, and only the order service can say whether its order was placed.
 * @throws SessionError `CART.EMPTY`, `CART.CHANGED`
 */
export function beginCheckout(session: Session, request: BeginRequest): { session: Session; step: CheckoutStep } {
  const { last, pending } = session;
  if (last && isOfCompleted(last, request.seenVersion)) return { session, step: { kind: 'done', checkout: last } };
  assertCartOf(session, request.seenVersion);
  if (session.lines.length === 0) {
    // Nothing has happened since that checkout, so this is the same one, sent again.
    if (last?.version === session.version) return { session, step: { kind: 'done', checkout: last } };
    throw new SessionError('CART.EMPTY', 'The cart is empty. Put something in first.');
  }
  const content = contentOf(session, request.identity);
  if (!pending || (pending.withdrawn && pending.id === request.withdrawn)) {
    return place(session, content, request.newId, request.nowMs);
  }
  if (!pending.withdrawn && isSameContent(pending, content)) {
    return place(session, content, pending.id, request.nowMs);
  }
  return settle(session, pending, request);
}

/**
 * The order of a checkout was placed, and stands: takes what it ordered out of the cart, once. What was added meanwhile stays.
 * @param acceptedAt of the order, RFC 3339 UTC
 * @throws SessionError `CHECKOUT.OVERTAKEN` when others were completed since
 */
export function completeCheckout(session: Session, checkoutId: string, acceptedAt: string): Session {
  const { pending, last } = session;
  if (last?.id === checkoutId) return session;
  if (pending?.id !== checkoutId) {
    throw new SessionError('CHECKOUT.OVERTAKEN', 'This session has checked out again since.');
  }
  const rest = withLines(session, subtract(session.lines, pending.lines));
  const { cartVersion } = pending;
  const lastCartVersion = session.cartVersion === cartVersion ? session.version : pending.version;
  const { version } = rest;
  return { ...rest, pending: undefined, last: { id: checkoutId, acceptedAt, cartVersion, lastCartVersion, version } };
}

/** Whether a version that a client may have seen showed the cart that was ordered, and nothing that was put in meanwhile. */
function isOfCompleted({ cartVersion, lastCartVersion }: CompletedCheckout, seenVersion: number | undefined): boolean {
  return seenVersion !== undefined && cartVersion <= seenVersion && seenVersion <= lastCartVersion;
}

function place(
  session: Session,
  content: CheckoutContent,
  id: string,
  begunAtMs: number,
): { session: Session; step: CheckoutStep } {
  const { cartVersion } = session;
  const version = session.version + 1;
  const checkout = { ...content, id, begunAtMs, cartVersion, version, withdrawn: false };
  const { customerId, email } = content;
  const next = { ...session, customerId, email, pending: checkout, version };
  return { session: next, step: { kind: 'place', checkout } };
}

function settle(
  session: Session,
  pending: PendingCheckout,
  { nowMs, leaseMs }: BeginRequest,
): { session: Session; step: CheckoutStep } {
  const leaseLeftMs = pending.withdrawn ? 0 : Math.max(0, pending.begunAtMs + leaseMs - nowMs);
  const step: CheckoutStep = { kind: 'settle', checkoutId: pending.id, leaseLeftMs };
  if (pending.withdrawn || leaseLeftMs > 0) return { session, step };
  return { session: { ...session, pending: { ...pending, withdrawn: true }, version: session.version + 1 }, step };
}

function contentOf({ lines, customerId, email }: Session, identity: Identity): CheckoutContent {
  return { lines, customerId: identity.customerId ?? customerId, email: identity.email ?? email };
}

function isSameContent(one: CheckoutContent, other: CheckoutContent): boolean {
  return (
    one.customerId === other.customerId &&
    one.email === other.email &&
    one.lines.length === other.lines.length &&
    one.lines.every((line, index) => isSameLine(line, other.lines[index]))
  );
}
