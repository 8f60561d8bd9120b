export { actionEvents } from './action.events.ts';
