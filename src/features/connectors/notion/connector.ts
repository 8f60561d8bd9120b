import type { Connector } from '../connector.ts';
import { authenticateNotion } from './authenticate.ts';
import { readNotion } from './read.ts';
import { notionSettings } from './settings.ts';

/** Notion: events about pages, which are read again. */
export const notion: Connector = {
  source: 'notion',
  secretMaker: 'FIRST_REQUEST',
  settings: notionSettings,
  authenticate: authenticateNotion,
  read: readNotion,
};
