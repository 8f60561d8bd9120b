import { crm } from '../accounts/arrange.ts';
import type { Marked, Office } from './arrange.ts';

/** Addresses and names as people, programs and the web write them beside other signs. */
export function writings({ name, email, phone, digits }: Marked): string[] {
  const [first = '', last = ''] = name.split(' ');
  return [
    `Ask ${email}.She knows`, `${email}-now`, `_${email}_`, `https://x.example/?to=${encodeURIComponent(email)}&cc=%3C${email.replace('@', '%40')}%3E`, `first\n${email}\tsecond`,
    `${last}, ${first}`, `${last.toUpperCase()} ${first}`, `in/${first}-${last}`, `${first} <${email}>`, `"\\n${email}\\t${phone}"`, digits, name.normalize('NFD'),
  ];
}

/** Tells of the person where they are not known: in an account, in what is sealed for somebody else, and in what is the tenant's. */
export async function plantElsewhere(office: Office, person: Marked): Promise<{ readonly account: string; readonly friend: string }> {
  const { name, email, digits, marker } = person;
  const ref = digits.slice(-4);
  const text = writings(person).join(' | ');
  const account = await office.account(`other-${ref}`);
  const friend = `friend-${ref}@else.example`;
  const done = async (query: string, variables: object, role: 'agent' | 'admin' | 'privacy_officer' = 'admin'): Promise<Record<string, string>> => {
    const [answer] = Object.values(await office.run<Record<string, Record<string, string>>>(query, { ...variables }, role));
    if (answer?.['code']) throw new Error(`refused: ${JSON.stringify(answer)}`);
    return answer ?? {};
  };
  const upsert = async (plural: string, input: readonly Record<string, unknown>[]): Promise<void> => {
    const { rejected, results } = await office.upsert(plural, input);
    if (rejected > 0) throw new Error(`${plural} were refused: ${JSON.stringify(results)}`);
  };
  const refused = '... on UserError { code message path }';
  await upsert('contacts', [{ account: { id: account }, externalRef: crm(`friend-${ref}`), name: 'Friendly Colleague', email: friend, title: `asked by ${email}` }]);
  await upsert('contacts', [{ account: { id: account }, externalRef: crm(`assistant-${ref}`), name: `Assistant of ${name} <${email}>`, email: `assistant-${ref}@else.example` }]);
  for (const writing of writings(person)) {
    await upsert('notes', [{ account: { id: account }, externalRef: crm(`note: ${writing}`.slice(0, 200)), noteType: 'QBR', content: writing, author: name, occurredAt: '2026-11-18T00:00:00.000Z' }]);
  }
  await upsert('tickets', [{ account: { id: account }, externalRef: crm(`ev-${email}`), key: `K-${email}`, summary: text, status: 'Open', statusCategory: 'TO_DO', labels: [email, 'Support'], url: `https://x.example/${encodeURIComponent(email)}` }]);
  const { rejected, results } = await office.ingest([
    { account: { id: account }, type: 'meeting', source: 'calendar', sourceEventId: `ev-${email}`, payload: { text, StageName: `Won\n${email}\t!`, [`\n${email}`]: [{ dial: Number(digits), deep: writings(person) }] } },
  ]);
  if (rejected > 0) throw new Error(`the signal was refused: ${JSON.stringify(results)}`);
  const profileId = account.replace('Account_', 'Profile_');
  const field = 'mutation($input: ProfileFieldInput!) { updateProfileField(input: $input) { __typename ... on UserError { code message path } } }';
  await done(field, { input: { profileId, name: 'friends_line', value: `by way of ${email}`, subjectEmail: friend } }, 'agent');
  await done(field, { input: { profileId, name: 'met_at', value: 'a fair', subjectEmail: friend, sourceMetadata: { said: [`\n${name}`] } } }, 'agent');
  await done(`mutation($input: ProfileAssetInput!) { saveProfileAsset(input: $input) { __typename ${refused} } }`, { input: { profileId, name: `Letter to ${name}`, text: `${text}\nBudget is approved.`, subjectEmail: friend } }, 'agent');
  await office.grant(friend, { source: `told by ${email}, ${name}` });
  await office.grant(friend, { source: `told by ${name}` });
  const proposed = await done(`mutation($input: ProposeActionInput!) { proposeAction(input: $input) { __typename ... on Action { id } ${refused} } }`, {
    input: { account: { id: account }, subject: `As ${name} said`, body: text, reasoning: `${email} asked`, confidence: 0.9 },
  });
  const { id = '' } = proposed;
  await done(`mutation($input: EditActionInput!) { editAction(input: $input) { __typename ... on Action { id } ${refused} } }`, { input: { id, evidenceDigest: (await office.run<{ node: { evidenceDigest: string } }>('query($id: ID!) { node(id: $id) { ... on Action { evidenceDigest } } }', { id }, 'admin')).node.evidenceDigest, subject: `As ${name} wrote`, body: `${text} again` } });
  await done(`mutation($input: RejectActionInput!) { rejectAction(input: $input) { __typename ... on Action { id } ${refused} } }`, { input: { id, reason: `${name} (${email}) is against it` } });
  await done(`mutation($input: ScenarioInput!) { saveScenario(input: $input) { __typename ... on Scenario { id } ${refused} } }`, { input: { name: `Visit of ${name}`, conditions: text } });
  await done(`mutation($input: FieldDefinitionInput!) { saveFieldDefinition(input: $input) { __typename ${refused} } }`, { input: { name: `seat_${ref}`, displayName: `Seat of ${name}`, valueType: 'ENUM', enumValues: ['Aisle', name], collectionPrompt: `Ask ${email}` } });
  await done(`mutation($input: ApiKeyInput!) { createApiKey(input: $input) { __typename ${refused} } }`, { input: { name: `Laptop of ${name}`, roles: ['AGENT'] } });
  const said = await office.rows('select do_not_say from outreach_policy where tenant_id = $1 order by version desc limit 1', [office.tenant]);
  await done(`mutation($input: OutreachPolicyInput!) { saveOutreachPolicy(input: $input) { __typename ${refused} } }`, { input: { doNotSay: [...((said[0]?.['do_not_say'] ?? []) as string[]), `${name} is leaving`, email] } });
  await office.admin.query(
    `insert into dead_letter (id, consumer_group, topic, partition, "offset", event, error_name, error_message, attempts, failed_at) values (gen_random_uuid(), 'orchestration', 'x', 0, floor(random() * 1e9), $1, 'Error', $2, 3, now())`,
    [`{"tenantId":"${office.tenant}","z":"\\u0000","to":"\\n${email.replace(marker[0] ?? '', `\\u00${(marker.codePointAt(0) ?? 0).toString(16)}`).replace('@', '\\u0040')}"}`, `cannot parse "\\n${email}"`],
  );
  return { account, friend };
}

/** Tells of somebody by their surname alone, in their account and beside their address. */
export async function plantSurname(office: Office, surname: string): Promise<void> {
  const email = 'desk-7@surname.example';
  const account = { id: await office.account('account-of-surname', { csm: { name: 'Kim Colleague', email: 'kim@surname.example' } }) };
  const contact = (name: string, address: string) => ({ account, externalRef: crm(address), name, email: address });
  const { rejected } = await office.upsert('contacts', [contact(`Ottilie ${surname}`, email), contact('Kim Colleague', 'kim@surname.example')]);
  const said = [`${surname} called`, `Kim Colleague agrees with ${surname.toUpperCase()}`, `O. ${surname} and Frau Dr. ${surname}`, `${surname}, O. / Mrs ${surname}'s budget`, 'Call +49 (0)30 71234567 or 030/712 345-67'];
  for (const [index, content] of said.entries()) await office.upsert('notes', [{ account, externalRef: crm(`surname-${index}`), noteType: 'QBR', content, author: 'Kim Colleague', occurredAt: '2026-11-18T00:00:00.000Z' }]);
  const payloads = [{ Email: email, FirstName: 'Ottilie', LastName: surname, Phone: '+49 30 71234567' }, { lead: { LastName: surname, Company: 'X' } }, { text: `as ${surname} said` }];
  const ingested = await office.ingest(payloads.map((payload, index) => ({ account, type: 'meeting', source: 'calendar', sourceEventId: `surname-${index}`, payload })));
  const elsewhere = await office.ingest([{ account: { externalRef: crm('surname-elsewhere') }, type: 'meeting', source: 'calendar', payload: { to: [email], by: { FirstName: 'Ottilie', LastName: surname, mail: email }, note: `${surname} agreed` } }]);
  await office.run('mutation($input: ProfileFieldInput!) { updateProfileField(input: $input) { __typename ... on UserError { message } } }', { input: { profileId: account.id.replace('Account_', 'Profile_'), name: 'decider', value: `${surname} decides` } }, 'agent');
  if (rejected + ingested.rejected + elsewhere.rejected > 0) throw new Error('what was told by surname was refused');
}
