import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** Characters of documents that are kept for subscriptions that begin later. */
const mostCharacters = 2_000_000;

/** Keeps one parsed document for all subscriptions of equal text: each holds its document for as long as it listens. */
export class KnownDocuments {
  readonly #byText = new LRUCache<string, DocumentNode>({ maxSize: mostCharacters, sizeCalculation: (_, text) => Math.max(1, text.length) });

  /** The document that was first parsed from this text; the given one if there was none. */
  same(text: string, document: DocumentNode): DocumentNode {
    const known = this.#byText.get(text);
    if (known) return known;
    this.#byText.set(text, document);
    return document;
  }
}
