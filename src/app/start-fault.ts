/** A fault that the person who starts the program can mend; the message says what is wrong and what to do. */
export class StartFault extends Error {
  override readonly name = 'StartFault';
}
