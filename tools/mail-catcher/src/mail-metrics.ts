import { Counter, Gauge } from 'prom-client';

const mails = new Counter({
  name: 'looseleaf_mails_total',
  help: 'Mails that were sent to this process: kept, known already (duplicate), or refused',
  labelNames: ['outcome'],
});

/** Counts what became of a mail, once for each recipient. */
export function countMail(outcome: 'kept' | 'duplicate' | 'refused'): void {
  mails.inc({ outcome });
}

/** How many mails are kept, read at each scrape. */
export function exposeKeptMails(count: () => number): void {
  new Gauge({
    name: 'looseleaf_mails_kept',
    help: 'Mails in the folder',
    collect() {
      this.set(count());
    },
  });
}
