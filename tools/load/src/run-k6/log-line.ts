import { RECORD_MARK, type LoadRecord } from '../k6/record.js';

/** A line of k6's log: a record of a customer, or something that k6 or the script has to say. */
export type LogLine =
  { readonly record: LoadRecord; readonly remark?: never } | { readonly record?: never; readonly remark: string };

/** @param text a line of k6's log in JSON; what is none, such as a panic, is a remark */
export function readLogLine(text: string): LogLine {
  let entry: { msg?: string; error?: string };
  try {
    entry = JSON.parse(text) as typeof entry;
  } catch {
    return { remark: text };
  }
  const { msg = text, error } = entry;
  if (msg.startsWith(RECORD_MARK)) return { record: JSON.parse(msg.slice(RECORD_MARK.length)) as LoadRecord };
  return { remark: error === undefined ? msg : `${msg}: ${error}` };
}
