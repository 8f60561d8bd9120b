export { eraseSubject, PreviewOutdated, repeatErasure, type ErasureMeans } from './erase-subject.ts';
export { erasureRequested, subjectErased, subjectExported } from './erasure.events.ts';
export { mayErase } from './erasure.policy.ts';
export { exportSubject, type SubjectExport } from './export-subject.ts';
export { previewErasure, type ErasureItem, type ErasurePreview, type PreviewItem } from './preview-erasure.ts';
export { isGenuine, type ErasureStatement } from './receipt.ts';
export { verifyReceipt, type ReceiptVerification } from './verify-receipt.ts';
export { textPlace } from './text-place.ts';
export { requestErasures, type ErasureRequested } from './request-erasure.ts';
