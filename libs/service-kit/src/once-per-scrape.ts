/** The gauges of a scrape are collected side by side: they share one answer, or its absence. */
export function oncePerScrape<Value>(read: () => Promise<Value>): () => Promise<Value | undefined> {
  let running: Promise<Value | undefined> | undefined;
  return () => {
    running ??= read()
      .catch(() => undefined) // the outage itself is the metric
      .finally(() => (running = undefined));
    return running;
  };
}
