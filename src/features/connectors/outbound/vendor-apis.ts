import { chatwootApi } from '../chatwoot/api.ts';
import { hubspotApi } from '../hubspot/api.ts';
import { jiraApi } from '../jira/api.ts';
import { notionApi } from '../notion/api.ts';
import { salesforceApi } from '../salesforce/api.ts';
import { slackApi } from '../slack/api.ts';
import type { VendorApi } from './vendor-api.ts';

/** Every vendor that can be called, registered here and nowhere else. */
export const vendorApis: readonly VendorApi[] = [salesforceApi, jiraApi, slackApi, notionApi, hubspotApi, chatwootApi];
