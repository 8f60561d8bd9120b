import { CloseCode } from 'graphql-ws';
import { Unauthenticated } from '../../platform/errors.ts';
import type { FormatError } from '../graphql/format-error.ts';
import { callerKey } from '../limits/charges.ts';
import type { Gatekeeper } from '../limits/gatekeeper.ts';
import type { OpenCounts } from './socket-counts.ts';
import { tooMany } from './socket-guard.ts';
import type { SocketMember } from './socket-member.ts';

/** What signing sockets in takes. */
export interface SignInOptions {
  readonly keeper: Gatekeeper;
  readonly perCaller: OpenCounts;
  readonly format: FormatError;
  newRequestId(): string;
}

/** Signs a socket in with what its client sent first; false, and the socket is closed with the reason, when it may not. */
export async function signIn(member: SocketMember, parameters: Readonly<Record<string, unknown>> | undefined, { keeper, perCaller, format, newRequestId }: SignInOptions): Promise<boolean> {
  const text = (name: string): string | undefined => {
    const value = parameters?.[name];
    return typeof value === 'string' ? value : undefined;
  };
  const apiKey = text('x-api-key') ?? text('X-API-Key');
  try {
    const principal = await keeper.admit({ authorization: text('authorization') ?? text('Authorization'), apiKey, address: member.address });
    const name = callerKey(principal);
    // Gone while the credentials were looked at: it was never counted, and its end gives nothing back.
    if (!member.isOpen) return false;
    if (!perCaller.open(name)) {
      const most = keeper.policy.sockets.perCaller;
      member.guard?.close(tooMany, `At most ${most} sockets of one caller. Close some, and connect again.`);
      return false;
    }
    member.counted = name;
    member.apiKey = apiKey ?? null;
    member.principal = principal;
    return true;
  } catch (error) {
    const refused = format(error, newRequestId());
    member.socket.close(error instanceof Unauthenticated ? CloseCode.Unauthorized : 1013, refused.message.slice(0, 120));
    return false;
  }
}
