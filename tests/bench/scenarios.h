// SPDX-License-Identifier: MIT
#pragma once

#include "tests/bench/options.h"

namespace pregon::bench {

// Each starts its servers, measures, and finishes its reports.
void fanOut(const Options &options);
void idle(const Options &options);
void connectRate(const Options &options);
void latency(const Options &options);
void clientEvents(const Options &options);
void churn(const Options &options);
void slowConsumers(const Options &options);
void peers(const Options &options);
void cluster(const Options &options);
void upgrades(const Options &options);
void resume(const Options &options);
void subscribeCost(const Options &options);
void webhooks(const Options &options);

} // namespace pregon::bench
