const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/));

/** A contact that is called so is a mailbox or a desk, and nobody; its name is looked for in no text. */
export const desks = words(`account accounting accounts admin administration administrator billing business care center centre contact customer customers department desk development engineering executive finance
  group head help helpdesk human info information invoice invoices legal mail mailbox management manager marketing office operations order orders partner partners payable payroll press procurement product
  purchasing receivable reception relations resources sales secretary security service services success support team technical technology unknown user vendor`);

/** Words of the language, or of the trade, that are names, too: alone they name nobody. English and German. */
export const ordinaryWords = words(`able alt april art august bank banks bar bay bell best bill black blue book boss bond branch brand bright brook brown bush case cash chance chase church clay close cloud cole cook cool cost cross day
  days dean deal demo dollar dove ever fair faith field fields forest fox free fresh frost gast general glass gold good grace grant gray great green grey gross grove guy hall hand hardy heart hill holz
  home hope house hunt hunter iron joy jung junior kind king kite klein knight lake lamb land lang law lead lee license light list little long love lucky major march mark marks marsh mason mat max may
  mills mine morning neu new nice noble north page park parks peace penny pitch plan point pool pope porter post power powers price prime prince quick rain ray read reich renewal report rest rich risk
  river rivers road rock rose ruby rush sage savage school sharp short sky small smart snow song south spring star steel step stern stone storm street strong summer sun sunny swift tag temple test tower
  town trial trick violet walker wall ward waters way weg weiss wells west white wild will wind winter wise wood woods word work worth young`);
