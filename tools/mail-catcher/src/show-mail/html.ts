const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is HTML already. Only {@link html} makes it. */
export class Html {
  constructor(readonly text: string) {}
}

/** A template whose values are escaped, unless they are HTML; of a list each element is taken. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.reduce((text, next, index) => `${text}${render(values[index - 1]!)}${next}`));
}

export type HtmlValue = Html | string | number | readonly Html[];

function render(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replaceAll(/[&<>"']/g, (character) => ESCAPES[character]!);
}
