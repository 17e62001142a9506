import { MessagingConfigurationError, PermanentError, UnavailableError } from '@looseleaf/messaging';
import pg from 'pg';
import { translateError } from './unavailability.js';

function serverError(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(`SQLSTATE ${code}`, 0, 'error'), { code });
}

describe('An error of the server', () => {
  it.each(['22021', '22P05', '23514', '54000'])('blames the message when it is of a class that does: %s', (code) => {
    expect(translateError(serverError(code))).toBeInstanceOf(PermanentError);
  });

  it.each(['LL001', '42P01', '42501'])('tells of a broker that is not provisioned: %s', (code) => {
    expect(translateError(serverError(code))).toBeInstanceOf(MessagingConfigurationError);
  });

  it.each(['57P01', '08006', '53100', 'XX000', '55P03', '0A000', '40P01'])(
    'gives up no message for anything else: %s',
    (code) => {
      expect(translateError(serverError(code))).toBeInstanceOf(UnavailableError);
    },
  );

  it('means that the broker is away when it did not come from the server at all', () => {
    expect(translateError(new Error('read ECONNRESET'))).toBeInstanceOf(UnavailableError);
  });
});
