# The worker: one image for every deployment, configured by environment variables and holdfast.config.ts.
# Debian, not Alpine: the Temporal SDK's native core is built for glibc only.

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-slim
# The SDK's core checks TLS against the system's certificates, which the slim image leaves out.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production
# Together with the sources, because holdfast.config.ts is read at run time and may import them. An agent of your own:
# mount or copy it, and what it imports, to /app/holdfast.config.ts.
COPY --from=build /app ./
# Files stay root's: the worker reads its program and cannot change it.
USER node
# V8 does not know the container's memory limit. Set NODE_OPTIONS=--max-old-space-size to 75-80 % of it (in MiB).
# SIGTERM starts the worker's graceful shutdown; give the container longer than that takes before it is killed.
STOPSIGNAL SIGTERM
CMD ["node", "dist/client/main.js", "worker"]
