/** Injection tokens of what `main.ts` makes: ports have no class at run time. */
export const CONFIG = Symbol('WebConfig');
export const BROKER = Symbol('MessageBroker');
export const OBJECT_STORE = Symbol('ObjectStore');
export const UPLOADS = Symbol('Uploads');
export const UPLOAD_RECEIVER = Symbol('UploadReceiver');
export const ORDER_IDS = Symbol('SignedIds of orders');
export const STOCK_FILE_IDS = Symbol('SignedIds of stock files');
export const SUBSCRIPTION_IDS = Symbol('SignedIds of subscriptions');
export const ORDERS_API = Symbol('Upstream of the order service');
export const INVENTORY_API = Symbol('Upstream of the inventory service');
export const SESSIONS_API = Symbol('Upstream of the session store');
export const NOTIFIER_API = Symbol('Upstream of the notifier');
export const NEAR_CARTS = Symbol('NearCarts, or undefined');
