import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import '@graphiql/react/font/fira-code.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './graphiql.css';
import { createRoot } from 'react-dom/client';
import { GraphiqlPage } from './graphiql-page.tsx';
import { loadSettings } from '../settings.ts';

const [room, topBar] = ['graphiql', 'top-bar'].map((id) => document.getElementById(id));
if (!room || !topBar) throw new Error('index.html has lost #graphiql or #top-bar.');

// Awaited first, so that GraphiQL starts with the token in its headers and asks for the schema once.
const settings = await loadSettings();
createRoot(room).render(<GraphiqlPage settings={settings} topBar={topBar} />);
