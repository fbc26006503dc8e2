// SPDX-License-Identifier: MIT
#include "worker/protocol/member.h"

#include "shared/json/json_scan.h"

namespace pregon {

void MemberLists::append(std::string_view userId, std::string_view userInfoJson) {
    ids += ids.empty() ? "" : ",";
    appendJsonString(ids, userId);
    hash += hash.empty() ? "" : ",";
    appendJsonString(hash, userId);
    hash += ':';
    hash += userInfoJson.empty() ? "null" : userInfoJson;
}

} // namespace pregon
