"use strict";
// A file of its own, because the page's Content-Security-Policy runs no inline script.
SwaggerUIBundle({
  url: "openapi.json", // relative to /docs, so that a path prefix in front of the API does no harm
  dom_id: "#reference",
  deepLinking: true,
  validatorUrl: null, // the default tells another host where this document lies
});
