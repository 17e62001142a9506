import type { Server } from 'node:http';
import { Counter } from 'prom-client';

/** Counts the requests that come in: what a process is asked, whatever it answers. Autoscaling goes by its rate. */
export function exposeHttpMetrics(server: Server): void {
  let requests = 0;
  server.on('request', () => {
    requests += 1;
  });
  new Counter({
    name: 'looseleaf_http_requests_total',
    help: 'HTTP requests to the API of the service',
    // Counted without its bookkeeping: this is on the path of every request.
    collect() {
      this.reset();
      this.inc(requests);
    },
  });
}
