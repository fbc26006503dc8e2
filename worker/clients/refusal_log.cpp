// SPDX-License-Identifier: MIT
#include "worker/clients/refusal_log.h"

namespace pregon {

RefusalLog::RefusalLog()
    : RefusalLog([](std::initializer_list<LogField> fields) {
          log(LogLevel::Info, "ws refused", fields);
      }) {}

void RefusalLog::refused(const ConnectRequest &request, const PusherProtocol::CodeText &why) {
    const auto [entry, isFirst] = ofThisSecond_.try_emplace(why.text, Others{why.code, 0, ""});
    if (!isFirst) {
        entry->second.count++;
        entry->second.lastAddress = request.address;
        return;
    }
    const bool needsTls = why.code == PusherProtocol::Code::TlsRequired;
    write_({{"address", request.address},
            {"code", static_cast<int>(why.code)},
            {"path", shownPath(request.path)},
            {"reason",
             std::string(why.text) + (needsTls ? ": " + whyNotSecure(request) : std::string())}});
}

void RefusalLog::tick() {
    for (const auto &[reason, others] : ofThisSecond_)
        if (others.count > 0)
            write_({{"code", static_cast<int>(others.code)},
                    {"more", others.count},
                    {"last_address", others.lastAddress},
                    {"reason", reason}});
    ofThisSecond_.clear();
}

std::string whyNotSecure(const ConnectRequest &request) {
    if (!request.isFromProxy)
        return "it came over TCP from an address that is not in PREGON_TRUSTED_PROXIES, whose "
               "X-Forwarded-Proto would be believed";
    if (request.forwardedProto.empty())
        return "the proxy before the worker sends no X-Forwarded-Proto";
    return "the proxy before the worker says X-Forwarded-Proto: " + request.forwardedProto;
}

} // namespace pregon
