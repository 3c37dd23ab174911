// What pages do beside what they show. All of them work without.

import "./copy.js";
