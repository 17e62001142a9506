import { errorType } from '../kafka-errors.js';

/** The group goes on without this member: it was silent for too long. What it holds is no longer its own. */
export class MembershipLostError extends Error {
  override readonly name = 'MembershipLostError';
}

const LOST = ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'];

export function isLost(error: unknown): boolean {
  return error instanceof MembershipLostError || LOST.includes(errorType(error) ?? '');
}

/** Members come or go: everybody joins again. */
export function isRebalance(error: unknown): boolean {
  return errorType(error) === 'REBALANCE_IN_PROGRESS';
}
