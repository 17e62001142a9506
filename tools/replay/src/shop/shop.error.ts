/** Why a shop could not be used; `code` is stable: `SHOP.AWAY`, `SHOP.REFUSED`, `SHOP.STOCK_STALLED`. */
export class ShopError extends Error {
  override readonly name = 'ShopError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
