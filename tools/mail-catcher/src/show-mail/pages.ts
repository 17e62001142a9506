import type { MailPage, MailView } from '../read-mail/mail-reader.js';
import { html, type Html } from './html.js';

/** The list of caught mail. @param search a part of the recipients' addresses, or nothing; @param isFirst whether it begins with the newest */
export function listPage({ items, next }: MailPage, search: string, isFirst: boolean): string {
  const title = search ? `Mail to “${search}”` : 'Mail of the shop';
  return page(
    title,
    html`<h1>${title}</h1>
      <form role="search" action="/">
        <label for="to">Recipient</label>
        <input
          id="to"
          name="to"
          type="search"
          value="${search}"
          maxlength="320"
          autocomplete="off"
          spellcheck="false"
        />
        <button>Search</button>
      </form>
      ${items.length > 0 ? table(items) : empty(search, isFirst)}
      <nav aria-label="Pages">
        <a href="${listAddress(search)}">${isFirst ? 'Look for new mail' : 'Newest mail'}</a>
        ${next ? html`<a href="${listAddress(search, next)}">Older mail</a>` : ''}
      </nav>`,
  );
}

/** One mail. */
export function mailPage(mail: MailView): string {
  return page(
    mail.subject || 'Mail without a subject',
    html`<nav aria-label="Pages">
        <a href="/">All mail</a> <a href="${listAddress(mail.to)}">All to this recipient</a>
      </nav>
      <h1>${subject(mail)}</h1>
      <dl>
        <dt>To</dt>
        <dd>${mail.to}</dd>
        <dt>From</dt>
        <dd>${mail.from}</dd>
        <dt>Received</dt>
        <dd>${time(mail)}</dd>
        ${
          mail.duplicates > 0
            ? html`<dt>Sent again</dt>
                <dd>${times(mail.duplicates)}, and kept once</dd>`
            : ''
        }
      </dl>
      <pre tabindex="0" role="region" aria-label="Text of the mail">${mail.text || '(This mail has no text.)'}</pre>
      <p><a href="/messages/${mail.id}.eml">As it was sent</a> <a href="/messages/${mail.id}">As JSON</a></p>`,
  );
}

/** There is no mail with the id of the address. */
export function missingPage(): string {
  return page(
    'No such mail',
    html`<h1>No such mail</h1>
      <p>It is not here, or no longer: the oldest mails go when there are many.</p>
      <p><a href="/">All mail</a></p>`,
  );
}

function table(mails: readonly MailView[]): Html {
  return html`<table>
    <caption>
      The newest first
    </caption>
    <thead>
      <tr>
        <th scope="col">Subject</th>
        <th scope="col">To</th>
        <th scope="col">Received</th>
      </tr>
    </thead>
    <tbody>
      ${mails.map(
        (mail) =>
          html`<tr>
            <th scope="row"><a href="/mails/${mail.id}">${subject(mail)}</a>${again(mail)}</th>
            <td>${mail.to}</td>
            <td>${time(mail)}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function again({ duplicates }: MailView): Html | string {
  return duplicates > 0 ? html` <small>sent again ${times(duplicates)}</small>` : '';
}

function empty(search: string, isFirst: boolean): Html {
  if (search) return html`<p>No mail to an address with “${search}” in it.</p>`;
  if (!isFirst) return html`<p>There is no older mail.</p>`;
  return html`<p>No mail yet. The shop writes to whoever places an order with an <code>email</code>.</p>`;
}

function listAddress(search: string, after?: string): string {
  const query = new URLSearchParams({ ...(search && { to: search }), ...(after && { after }) });
  return query.size > 0 ? `/?${query}` : '/';
}

function subject({ subject: text }: MailView): Html | string {
  return text || html`<em>(no subject)</em>`;
}

function time({ receivedAt }: MailView): Html {
  return html`<time datetime="${receivedAt}">${receivedAt.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function page(title: string, main: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header>Looseleaf mail catcher: what the shop sends ends here, and goes to nobody.</header>
        <main>${main}</main>
      </body>
    </html>`.text;
}
