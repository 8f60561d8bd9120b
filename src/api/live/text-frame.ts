/** A whole text message in one frame: FIN and opcode 1 (RFC 6455, 5.2). A server does not mask. */
const wholeText = 0x81;

/** The head of the frame of a text message of so many bytes. */
export function textFrameHead(length: number): Buffer {
  if (length < 126) return Buffer.from([wholeText, length]);
  const head = Buffer.allocUnsafe(length < 65_536 ? 4 : 10);
  head[0] = wholeText;
  if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return head;
}

/** The frame of a text message that is given in parts. */
export function textFrame(...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = textFrameHead(length);
  return Buffer.concat([head, ...parts], head.length + length);
}
