/** Lets a generator work on its next value while the caller is busy with this one; it is one value ahead, never more. */
export async function* ahead<T>(source: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  let next = request(source);
  try {
    for (let { done, value } = await next; !done; { done, value } = await next) {
      next = request(source);
      yield value as T;
    }
  } finally {
    await source.return();
  }
}

/** An error that comes before it is asked for is told when it is; to a caller who has left, it no longer matters. */
function request<T>(source: AsyncGenerator<T, void, undefined>): Promise<IteratorResult<T, void>> {
  const next = source.next();
  next.catch(() => undefined);
  return next;
}
