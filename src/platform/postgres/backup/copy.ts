import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Client, Submittable } from 'pg';

/** What of pg's connection COPY uses. */
interface CopyConnection {
  readonly stream: Duplex;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** Rows are handed on in pieces of about this many bytes. */
const pieceBytes = 256 * 1024;

/** The part of pg's query protocol that both directions share. */
abstract class Copy implements Submittable {
  protected failure: Error | null = null;
  readonly done: Promise<number>;
  protected rows = 0;
  #settle: { resolve(rows: number): void; reject(error: Error): void } | null = null;
  // pg sets it where queries have time limits.
  callback: unknown = () => undefined;

  constructor(readonly text: string) {
    this.done = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  submit(connection: unknown): void {
    (connection as CopyConnection).query(this.text);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rows = Number(/^COPY (\d+)/.exec(text)?.[1] ?? 0);
  }

  handleError(error: Error): void {
    this.failure ??= error;
  }

  handleReadyForQuery(): void {
    void this.finish().then(
      () => (this.failure ? this.#settle?.reject(this.failure) : this.#settle?.resolve(this.rows)),
      (error: Error) => this.#settle?.reject(error),
    );
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}

  protected abstract finish(): Promise<void>;
}

class CopyOut extends Copy {
  #pieces: Buffer[] = [];
  #size = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(text: string, readonly write: (piece: Buffer) => Promise<void>) {
    super(text);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }, connection: CopyConnection): void {
    // The parser reuses its buffer.
    this.#pieces.push(Buffer.from(chunk));
    this.#size += chunk.length;
    if (this.#size < pieceBytes) return;
    // The server waits while a piece is written, so memory stays bounded.
    connection.stream.pause();
    this.#flush();
    void this.#writing.finally(() => connection.stream.resume());
  }

  #flush(): void {
    const piece = Buffer.concat(this.#pieces.splice(0));
    this.#size = 0;
    if (piece.length === 0) return;
    this.#writing = this.#writing.then(() => (this.failure ? undefined : this.write(piece))).catch((error: Error) => void (this.failure ??= error));
  }

  protected override async finish(): Promise<void> {
    this.#flush();
    await this.#writing;
  }
}

class CopyIn extends Copy {
  #sending: Promise<void> = Promise.resolve();

  constructor(text: string, readonly pieces: AsyncIterable<Buffer>) {
    super(text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#sending = this.#send(connection);
  }

  async #send(connection: CopyConnection): Promise<void> {
    try {
      // Read to the end also when the server refused: what follows in the file is read behind it.
      for await (const piece of this.pieces) {
        if (this.failure) continue;
        connection.sendCopyFromChunk(piece);
        if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
      }
      if (!this.failure) connection.endCopyFrom();
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      connection.sendCopyFail('the source failed');
    }
  }

  protected override finish(): Promise<void> {
    return this.#sending;
  }
}

/** Runs `COPY … TO STDOUT`, hands its text on piece by piece, and returns the number of rows. */
export function copyOut(client: Client, sql: string, write: (piece: Buffer) => Promise<void>): Promise<number> {
  return client.query(new CopyOut(sql, write)).done;
}

/** Runs `COPY … FROM STDIN` with the text of the pieces, and returns the number of rows. */
export function copyIn(client: Client, sql: string, pieces: AsyncIterable<Buffer>): Promise<number> {
  return client.query(new CopyIn(sql, pieces)).done;
}
