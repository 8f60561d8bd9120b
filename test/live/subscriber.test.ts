import { describe, expect, it, vi } from 'vitest';
import { Subscriber, type Pass } from '../../src/api/live/subscriber.ts';

function subscriber(options: { most?: number; after?: number; pass?: Pass<string> } = {}) {
  const onClose = vi.fn<() => void>();
  const lagged = (missed: number, resumeAfter: number): Promise<string> => Promise.resolve(`missed ${missed}, resume after ${resumeAfter}`);
  const made = new Subscriber<string>({ most: 3, after: 0, lagged, onClose, ...options });
  const push = (...sequences: number[]): void => sequences.forEach((sequence) => made.push({ sequence, result: String(sequence) }));
  const take = async (): Promise<string | undefined> => {
    const item = await made.next();
    return item.done ? undefined : item.value;
  };
  return { made, push, take, onClose };
}

describe('a subscriber', () => {
  it('is handed what came before it asked, and what comes after', async () => {
    const { push, take } = subscriber();
    push(1, 2);
    expect([await take(), await take()]).toEqual(['1', '2']);
    const next = take();
    push(3);
    expect(await next).toBe('3');
  });

  it('that lets its queue fill is told once how many it missed, and goes on behind them', async () => {
    const { push, take } = subscriber();
    push(1, 2, 3, 4, 5);
    expect(await take()).toBe('missed 5, resume after 5');
    push(6);
    expect(await take()).toBe('6');
  });

  it('is not told of what it had taken already', async () => {
    const { push, take } = subscriber();
    push(1, 2, 3);
    expect(await take()).toBe('1');
    push(4, 5, 6);
    expect(await take()).toBe('missed 5, resume after 6');
  });

  it('is told of each time it fell behind', async () => {
    const { push, take } = subscriber({ most: 1 });
    push(1, 2);
    expect(await take()).toBe('missed 2, resume after 2');
    push(3, 4, 5);
    expect(await take()).toBe('missed 3, resume after 5');
  });

  it('is not handed what lies at or before the place where it goes on', async () => {
    const { push, take } = subscriber({ after: 5 });
    push(4, 5);
    push(6);
    expect(await take()).toBe('6');
  });

  it('ends while it waits, once, and takes nothing more', async () => {
    const { made, push, take, onClose } = subscriber();
    const next = take();
    await made.return();
    await made.return();
    expect(await next).toBeUndefined();
    push(1);
    expect(await take()).toBeUndefined();
    expect(onClose).toHaveBeenCalledTimes(1);
  });

  describe('with a short way', () => {
    it('is passed a result only while it waits, with nothing before it', async () => {
      const passed: string[] = [];
      const { push, take } = subscriber({
        pass(result) {
          passed.push(result);
          return 'SENT';
        },
      });
      push(1);
      expect(await take()).toBe('1');
      const next = take();
      push(2, 3);
      expect(passed).toEqual(['2', '3']);
      let told = false;
      void next.then(() => (told = true));
      await Promise.resolve();
      expect(told).toBe(false);
    });

    it('that refuses leaves the result to the iterator', async () => {
      const { push, take } = subscriber({ pass: () => 'REFUSED' });
      const next = take();
      push(1);
      expect(await next).toBe('1');
    });

    it('holds later results until the client has taken the passed one, in their order', async () => {
      let sent = (): void => undefined;
      const pass = vi.fn<Pass<string>>((_result, waiting) => {
        sent = () => waiting.sent();
        return 'SENDING';
      });
      const { push, take } = subscriber({ pass });
      const next = take();
      push(1, 2, 3);
      expect(pass).toHaveBeenCalledTimes(1);
      sent();
      expect([await next, await take()]).toEqual(['2', '3']);
    });

    it('tells a client that does not take the passed one how many it missed', async () => {
      let sent = (): void => undefined;
      const { push, take } = subscriber({
        pass(_result, waiting) {
          sent = () => waiting.sent();
          return 'SENDING';
        },
      });
      const next = take();
      push(1, 2, 3, 4, 5);
      sent();
      expect(await next).toBe('missed 4, resume after 5');
    });

    it('is not used after the end', async () => {
      const pass = vi.fn<Pass<string>>(() => 'SENT');
      const { made, push, take } = subscriber({ pass });
      const next = take();
      await made.return();
      push(1);
      expect(await next).toBeUndefined();
      expect(pass).not.toHaveBeenCalled();
    });
  });
});
