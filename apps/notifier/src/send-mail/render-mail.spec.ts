import { notifiableEvents } from '@looseleaf/contracts';
import { aCancellation, aConfirmation, aDepletion, aRejection, aReplenishment } from '../testing/test-notifier.js';
import type { NotifiedEvent } from '../deliver/delivery.js';
import { renderMail } from './render-mail.js';
import type { Message } from '@looseleaf/messaging';

function stored({ name, body, occurredAt }: Message): NotifiedEvent {
  return { name, body: JSON.stringify(body), occurredAt };
}

describe('The mail about an event', () => {
  it('tells a customer what is reserved and what it costs', () => {
    const { subject, text, html } = renderMail(stored(aConfirmation('a@b.example')));
    expect(subject).toBe('Your order 00000000000a is confirmed');
    expect(text).toContain('6 × 85123A at £2.55');
    expect(text).toContain('The total is £15.30.');
    expect(html).toContain('<li>6 × 85123A at £2.55</li>');
  });

  it('tells a customer why an order was rejected, and that one was cancelled', () => {
    expect(renderMail(stored(aRejection('a@b.example'))).text).toContain('There is not enough left of\n\n  - 85123A');
    expect(renderMail(stored(aCancellation('a@b.example'))).text).toContain('is cancelled, as you asked');
  });

  it('tells a manager of a cancellation that no customer asked for', () => {
    const { text } = renderMail(stored(aCancellation('a@b.example', 'CHECKOUT_WITHDRAWN')));
    expect(text).toContain('its checkout was given up');
  });

  it('tells a manager what ran out and what is back', () => {
    expect(renderMail(stored(aDepletion())).subject).toBe('Out of stock: 85123A in Berlin');
    expect(renderMail(stored(aReplenishment(3))).text).toContain('there are 3');
  });

  it('exists for every event that can be subscribed to', () => {
    for (const { name } of notifiableEvents) {
      expect(() => renderMail({ name, body: '{}', occurredAt: '' })).toThrow(/expected/);
    }
    expect(() => renderMail({ name: 'stock.changed', body: '{}', occurredAt: '' })).toThrow('no mail about');
  });

  it('keeps what came from a file on one line, and harmless in HTML', () => {
    const { subject, html } = renderMail(stored(aDepletion('Ber\r\nBcc: all@shop.example\u2028lin', '<script>"&\'')));
    expect(subject).toBe('Out of stock: <script>"&\' in Ber Bcc: all@shop.example lin');
    expect(html).toContain('&lt;script&gt;&quot;&amp;&#39; has run out');
    expect(html).not.toContain('<script>');
  });
});
