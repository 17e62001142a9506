/** A sku of 64 characters may be nine times as long when it is escaped. */
export const httpOptions = { routerOptions: { maxParamLength: 600 } };
