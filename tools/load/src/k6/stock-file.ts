import http from 'k6/http';
import { plan, tell } from './http-calls.js';

/** Uploads a file of counts, for items of its own that are tracked and not for sale. */
export function sendStockFile(): void {
  const rows = Array.from({ length: plan.rowsPerFile }, (_, row) => `load,${plan.runId}-${row},${row}\n`);
  const answer = http.post<'text'>(`${plan.webUrl}/v1/stock-files`, `store,item,count\n${rows.join('')}`, {
    tags: { name: 'send stock file' },
    headers: {
      authorization: `Bearer ${plan.operatorKey}`,
      'content-type': 'text/csv',
    },
    responseType: 'text',
  });
  if (answer.status === 202) tell('file', (JSON.parse(answer.body) as { id: string }).id, plan.rowsPerFile);
}
