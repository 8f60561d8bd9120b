import { followedTypes, type RecordType } from '../soql.ts';

/** Which changes a connection follows: none, those of every entity selected in Setup, or those of some entities. */
export type FollowedEntities = boolean | readonly RecordType[];

/** The topics of Change Data Capture that hold them. */
export function topicsOf(followed: FollowedEntities): readonly string[] {
  if (followed === false) return [];
  return followed === true ? ['/data/ChangeEvents'] : followedTypes.filter((type) => followed.includes(type)).map((type) => `/data/${type}ChangeEvent`);
}
