/** An event of Notion about a page, in the shape that Notion documents. */
export const notionEvent = (pageId: string, timestamp: string, more: object = {}): object => ({
  id: '367cba44-b6f3-4c92-81e7-6a2e9659efd4',
  timestamp,
  workspace_id: '13950b26-c203-4f3b-b97d-93ec06319565',
  workspace_name: 'Quantify Labs',
  subscription_id: '29d75c0d-5546-4414-8459-7b7a92f1fc4b',
  integration_id: '0ef2e755-4912-8096-91c1-00376a88a5ca',
  type: 'page.content_updated',
  authors: [{ id: 'c7c11cca-1d73-471d-9b6e-bdef51470190', type: 'person' }],
  attempt_number: 1,
  api_version: '2025-09-03',
  entity: { id: pageId, type: 'page' },
  data: { updated_blocks: [{ id: '153104cd-477e-80ec-a87d-f7ff0236d35c', type: 'block' }], parent: { id: '0ef104cd-477e-80e1-8571-cfd10e92339a', type: 'database' } },
  ...more,
});
