import { Unavailable } from './errors.ts';

/** Waits for an answer so long and no longer: then it throws `Unavailable`, and what still comes is nobody's. */
export async function within<Answer>(milliseconds: number, answer: Promise<Answer>, what: string): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Unavailable(`${what} did not answer within ${milliseconds} ms.`)), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined);
  }
}
