/** The look of the pages, light or dark as the reader's system is. */
export const STYLE = `
:root { color-scheme: light dark; --faint: light-dark(#595959, #b3b3b3); --line: light-dark(#d0d0d0, #4a4a4a); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
header, caption, small, dt { color: var(--faint); }
header { padding-bottom: .5rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: 1rem; }
input { flex: 1 1 12rem; }
input, button { font: inherit; padding: .4rem .6rem; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th[scope=row] { font-weight: inherit; }
td:last-child { white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { padding: 1rem; border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; font: .95rem/1.5 ui-monospace, monospace; }
nav a, p a { display: inline-block; margin: .5rem 1rem .5rem 0; }
:focus-visible { outline: 3px solid light-dark(#0b57d0, #a8c7fa); outline-offset: 2px; }
@media (max-width: 40rem) {
  thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  tr, th, td { display: block; }
  th, td { border: 0; padding: 0; }
  tr { padding: .6rem 0; border-bottom: 1px solid var(--line); }
}
`;
