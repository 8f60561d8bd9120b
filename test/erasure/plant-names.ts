import { crm } from '../accounts/arrange.ts';
import type { Office } from './arrange.ts';

/** People whose names were once left behind: how each is told, how texts write it, and what must be found nowhere afterwards. */
export const hardNames: readonly { readonly email: string; readonly name: string; readonly writings: readonly string[]; readonly markers: readonly string[]; readonly onlyNear?: true }[] = [
  { email: 'contact-1@hard.example', name: '王瑰玮', writings: ['王瑰玮', '王 瑰玮先生', '王\u200b瑰玮', '%E7%8E%8B%E7%91%B0%E7%8E%AE'], markers: ['瑰玮', '\u200b瑰', 'E7%91%B0'] },
  { email: 'contact-2@hard.example', name: '鵺野 霞蛛', writings: ['鵺野霞蛛様', '鵺野　霞蛛さん', '霞蛛 鵺野', '霞\u00ad蛛・鵺野'], markers: ['鵺野', '霞蛛', '霞\u00ad'] },
  { email: 'contact-3@hard.example', name: '김뷁쀍', writings: ['김뷁쀍님', '김 뷁쀍 씨', '김뷁쀍'.normalize('NFD')], markers: ['뷁쀍', '뷁쀍'.normalize('NFD')] },
  { email: 'contact-4@hard.example', name: 'Zoq', writings: ['Zoq', 'ask Zoq', 'ZOQ'], markers: ['zoq'], onlyNear: true },
  { email: 'contact-5@hard.example', name: 'Qira O’Vexbrien', writings: ["Qira O'Vexbrien", 'Qíra OʼVéxbrien', 'Ｑｉｒａ　Ｏ＇Ｖｅｘｂｒｉｅｎ', "Qira A. O'Vexbrien", "Qira Ann O’Vexbrien"], markers: ['vexbrien', 'véxbrien', 'Ｖｅｘ', 'qira'] },
];

/** Tells of them in notes, tickets, threads, payloads, documents and drafts; of those with full names in another account, too. */
export async function plantNames(office: Office): Promise<void> {
  for (const [turn, { email, name, writings, onlyNear }] of hardNames.entries()) {
    const account = await office.account(`hard-${turn}`);
    const other = await office.account(`hard-other-${turn}`);
    const planted = await office.upsert('contacts', [{ account: { id: account }, externalRef: crm(`hard-${turn}`), name, email }]);
    // Twice, so that the first is in the history.
    for (const round of [1, 2]) {
      for (const [index, writing] of writings.entries()) {
        // With another part of a name between, a full name is told near the person only.
        for (const at of onlyNear || / A/.test(writing) ? [account] : [account, other]) {
          const record = (kind: string, more: object) => ({ account: { id: at }, externalRef: crm(`hard-${kind}-${turn}-${index}-${at.slice(-6)}`), ...more });
          const told = [
            await office.upsert('notes', [record('note', { noteType: 'QBR', content: `${round}: ${writing}, as agreed`, author: 'Kim', occurredAt: '2026-11-18T00:00:00.000Z' })]),
            await office.upsert('tickets', [record('ticket', { key: `H-${turn}-${index}`, summary: `${round}: ${writing}; twice: ${writing}`, status: 'Open', statusCategory: 'TO_DO' })]),
            await office.ingest([{ account: { id: at }, type: 'meeting', source: 'calendar', sourceEventId: `hard-${turn}-${index}-${at.slice(-6)}-${round}`, payload: { who: writing, deep: [{ [`${writing} `]: 12345678901234 }], ...(index === 0 ? { visitor: { email, ip: '203.0.113.77' } } : {}) } }]),
          ];
          if (told.some(({ rejected }) => rejected > 0)) throw new Error(`refused: ${JSON.stringify(told)}`);
        }
      }
      office.clock.advance(60_000);
    }
    await office.run('mutation($input: ProfileAssetInput!) { saveProfileAsset(input: $input) { __typename ... on UserError { message } } }', { input: { profileId: account.replace('Account_', 'Profile_'), name: 'Minutes', text: `${writings.join(' | ')}\nMinutes are kept.` } }, 'agent');
    if (planted.rejected > 0) throw new Error('a contact was refused');
  }
}
