/** Part of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** `after` for the page that follows; absent on the last one. */
  readonly next?: string;
}
