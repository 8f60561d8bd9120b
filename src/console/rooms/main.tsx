import './rooms.css';
import { createRoot } from 'react-dom/client';
import { loadSettings } from '../settings.ts';
import { Console } from './console.tsx';

const place = document.getElementById('console');
if (!place) throw new Error('index.html has lost #console.');

// Awaited first, so that sign-in knows at once whether there are demo tokens to offer.
createRoot(place).render(<Console settings={await loadSettings()} />);
