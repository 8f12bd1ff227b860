// The console's script: everything works on events that bubble to the document, so partial updates need no set-up.
import "@tabler/core/dist/css/tabler.min.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/inbox.css";
import "./styles/messages.css";
import "./styles/drawer.css";
import "./styles/codes.css";
import "./styles/quotas.css";
import "./styles/promote.css";
import "./styles/screens.css";
import "./styles/settings.css";
import "./styles/tills.css";
import "./styles/records.css";
import "./styles/designer.css";
import "./styles/phone.css";

import "./htmx";
import { startComposer } from "./composer";
import { startCopy } from "./copy";
import { startDesigner } from "./designer";
import { startDrawer } from "./drawer";
import { startLive } from "./live";
import { startPanes } from "./panes";
import { startPromote } from "./promote";
import { startParts } from "./refresh";
import { startThread } from "./thread";
import { startToasts } from "./toasts";

startToasts();
startPanes();
startThread();
startComposer();
startDrawer();
startDesigner();
startCopy();
startPromote();
startParts();
startLive();
