import { expect, test } from 'vitest';
import { childKeysWith, childMembersOf, hasChildMembers, isChildKey, tellingTexts, textWithoutChildren, valueWithoutChildren, withChildMembers } from '../../src/platform/child-data.ts';
import { fence } from '../../src/platform/llm/fence.ts';

test.each(['child', 'child_name', 'childName', 'ChildBirthdate', 'child-1-allergies', 'children', 'childrenAges', 'kids', 'age_of_daughter', 'son.name', 'childcare_start', 'toddler_group', 'schoolchild', 'the child\'s name', 'CHILD_NAME'])('%s is about a child', (key) => expect(isChildKey(key)).toBe(true));
test.each(['child_account', 'child_accounts_count', 'childCompany', 'parent_name', 'season', 'person', 'reason', 'amount_minor', 'kidney', 'lesson', 'email', 'plan', ''])('%s is not', (key) => expect(isChildKey(key)).toBe(false));

test('a tenant adds names, in whichever case a key is written', () => {
  const holds = childKeysWith(['tour_guest_2']);
  expect([holds('tour_guest_2'), holds('tourGuest2'), holds('Tour Guest 2'), holds('tour_guest_1'), holds('child')]).toEqual([true, true, true, false, true]);
});

test('members are found and replaced at any level', () => {
  const value = { plan: 'Pro', family: { children: [{ name: 'Mia', age: 4 }], size: 3 }, visits: [{ child_name: 'Ben' }] };
  expect(hasChildMembers(value)).toBe(true);
  expect(hasChildMembers({ plan: { name: 'Pro' } })).toBe(false);
  expect(withChildMembers(value, undefined)).toEqual({ plan: 'Pro', family: { size: 3 }, visits: [{}] });
  expect(withChildMembers(value, 'hidden')).toEqual({ plan: 'Pro', family: { children: 'hidden', size: 3 }, visits: [{ child_name: 'hidden' }] });
  expect(childMembersOf(value, isChildKey).flatMap(tellingTexts)).toEqual(['Mia', 'Ben']);
  expect(tellingTexts({ value: 'Mia Sommer, Ben' })).toEqual(['Mia Sommer, Ben', 'Mia Sommer', 'Ben', 'Mia']);
  expect(tellingTexts({ value: [4, 'no', '2022-05-04'] })).toEqual(['2022-05-04']);
});

test('texts lose what is known of children and what a label says is theirs', () => {
  const known = ['Mia Sommer', 'Mia', '2022-05-04'];
  expect(textWithoutChildren('mia  sommer likes it. Miami too; born 2022-05-04.', { known })).toBe('[data of a child] likes it. Miami too; born [data of a child].');
  expect(textWithoutChildren('Plan: Pro, Child\'s name: Zoe\nSeats: 4', { known: [] })).toBe('Plan: Pro, Child\'s name: [data of a child]\nSeats: 4');
  expect(textWithoutChildren('{"plan":"Pro","child_name":"Zoe"}', { known: [] })).not.toContain('Zoe');
  expect(textWithoutChildren('We met. Tour guest: Zoe', { known: [], holds: childKeysWith(['tour_guest']) })).toBe('We met. Tour guest: [data of a child]');
  expect(textWithoutChildren('Seats: 4, plan: Pro', { known: [] })).toBe('Seats: 4, plan: Pro');
  expect(valueWithoutChildren({ child: 'Mia', note: 'Mia asked', list: ['Mia'] }, { known })).toEqual({ note: '[data of a child] asked', list: ['[data of a child]'] });
});

test('no part of a prompt has a member about a child, whoever put it there', () => {
  const text = fence({ material: { origin: 'SIGNED_SYSTEM', content: { plan: 'Pro', extra: [{ childName: 'Mia' }] } }, fields: [{ origin: 'CUSTOMER_TEXT', content: { children: ['Mia'], name: 'plan' } }] });
  expect(text).not.toContain('Mia');
  expect(text).toContain('Pro');
});
