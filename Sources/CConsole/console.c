// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Written by `make console`, which lists the files of the console.

#include "console.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file_1[] = {
#embed "../MartletAdmin/Console/core/api.js"
};

static const unsigned char file_2[] = {
#embed "../MartletAdmin/Console/core/dom.js"
};

static const unsigned char file_3[] = {
#embed "../MartletAdmin/Console/core/format.js"
};

static const unsigned char file_4[] = {
#embed "../MartletAdmin/Console/core/goto.js"
};

static const unsigned char file_5[] = {
#embed "../MartletAdmin/Console/core/keys.js"
};

static const unsigned char file_6[] = {
#embed "../MartletAdmin/Console/core/live.js"
};

static const unsigned char file_7[] = {
#embed "../MartletAdmin/Console/core/place.js"
};

static const unsigned char file_8[] = {
#embed "../MartletAdmin/Console/core/stats.js"
};

static const unsigned char file_9[] = {
#embed "../MartletAdmin/Console/core/view.js"
};

static const unsigned char file_10[] = {
#embed "../MartletAdmin/Console/index.html"
};

static const unsigned char file_11[] = {
#embed "../MartletAdmin/Console/main.js"
};

static const unsigned char file_12[] = {
#embed "../MartletAdmin/Console/mark.svg"
};

static const unsigned char file_13[] = {
#embed "../MartletAdmin/Console/pages/articles.js"
};

static const unsigned char file_14[] = {
#embed "../MartletAdmin/Console/pages/dead.js"
};

static const unsigned char file_15[] = {
#embed "../MartletAdmin/Console/pages/inbox.js"
};

static const unsigned char file_16[] = {
#embed "../MartletAdmin/Console/pages/letters.js"
};

static const unsigned char file_17[] = {
#embed "../MartletAdmin/Console/pages/login.js"
};

static const unsigned char file_18[] = {
#embed "../MartletAdmin/Console/pages/message.js"
};

static const unsigned char file_19[] = {
#embed "../MartletAdmin/Console/pages/overview.js"
};

static const unsigned char file_20[] = {
#embed "../MartletAdmin/Console/pages/process.js"
};

static const unsigned char file_21[] = {
#embed "../MartletAdmin/Console/pages/subscription.js"
};

static const unsigned char file_22[] = {
#embed "../MartletAdmin/Console/pages/topic.js"
};

static const unsigned char file_23[] = {
#embed "../MartletAdmin/Console/pages/topics.js"
};

static const unsigned char file_24[] = {
#embed "../MartletAdmin/Console/parts/actions.js"
};

static const unsigned char file_25[] = {
#embed "../MartletAdmin/Console/parts/ask.js"
};

static const unsigned char file_26[] = {
#embed "../MartletAdmin/Console/parts/attempts.js"
};

static const unsigned char file_27[] = {
#embed "../MartletAdmin/Console/parts/attention.js"
};

static const unsigned char file_28[] = {
#embed "../MartletAdmin/Console/parts/body.js"
};

static const unsigned char file_29[] = {
#embed "../MartletAdmin/Console/parts/browser.js"
};

static const unsigned char file_30[] = {
#embed "../MartletAdmin/Console/parts/facts.js"
};

static const unsigned char file_31[] = {
#embed "../MartletAdmin/Console/parts/inboxitem.js"
};

static const unsigned char file_32[] = {
#embed "../MartletAdmin/Console/parts/letter.js"
};

static const unsigned char file_33[] = {
#embed "../MartletAdmin/Console/parts/letters.js"
};

static const unsigned char file_34[] = {
#embed "../MartletAdmin/Console/parts/news.js"
};

static const unsigned char file_35[] = {
#embed "../MartletAdmin/Console/parts/notice.js"
};

static const unsigned char file_36[] = {
#embed "../MartletAdmin/Console/parts/plot.js"
};

static const unsigned char file_37[] = {
#embed "../MartletAdmin/Console/parts/scheduled.js"
};

static const unsigned char file_38[] = {
#embed "../MartletAdmin/Console/parts/sentence.js"
};

static const unsigned char file_39[] = {
#embed "../MartletAdmin/Console/parts/settings.js"
};

static const unsigned char file_40[] = {
#embed "../MartletAdmin/Console/parts/subscriptions.js"
};

static const unsigned char file_41[] = {
#embed "../MartletAdmin/Console/parts/table.js"
};

static const unsigned char file_42[] = {
#embed "../MartletAdmin/Console/parts/tree.js"
};

static const unsigned char file_43[] = {
#embed "../MartletAdmin/Console/parts/waiting.js"
};

static const unsigned char file_44[] = {
#embed "../MartletAdmin/Console/style/base.css"
};

static const unsigned char file_45[] = {
#embed "../MartletAdmin/Console/style/pages.css"
};

static const unsigned char file_46[] = {
#embed "../MartletAdmin/Console/style/parts.css"
};

static const unsigned char file_47[] = {
#embed "../MartletAdmin/MartletAdmin.docc/Administration.md"
};

static const unsigned char file_48[] = {
#embed "../MartletAdmin/MartletAdmin.docc/Console.md"
};

static const unsigned char file_49[] = {
#embed "../MartletAdmin/MartletAdmin.docc/Metrics.md"
};

static const unsigned char file_50[] = {
#embed "../MartletBroker/MartletBroker.docc/Accounts.md"
};

static const unsigned char file_51[] = {
#embed "../MartletBroker/MartletBroker.docc/DeadLetters.md"
};

static const unsigned char file_52[] = {
#embed "../MartletBroker/MartletBroker.docc/Expectations.md"
};

static const unsigned char file_53[] = {
#embed "../MartletBroker/MartletBroker.docc/Lanes.md"
};

static const unsigned char file_54[] = {
#embed "../MartletBroker/MartletBroker.docc/Promises.md"
};

static const unsigned char file_55[] = {
#embed "../MartletBroker/MartletBroker.docc/Repeats.md"
};

static const unsigned char file_56[] = {
#embed "../MartletBroker/MartletBroker.docc/Schedules.md"
};

static const unsigned char file_57[] = {
#embed "../MartletBroker/MartletBroker.docc/Steps.md"
};

static const unsigned char file_58[] = {
#embed "../MartletBroker/MartletBroker.docc/Transactions.md"
};

static const unsigned char file_59[] = {
#embed "../MartletData/MartletData.docc/Copies.md"
};

static const unsigned char file_60[] = {
#embed "../MartletData/MartletData.docc/ExportedLines.md"
};

static const unsigned char file_61[] = {
#embed "../MartletData/MartletData.docc/Verify.md"
};

static const unsigned char file_62[] = {
#embed "../MartletProtocol/MartletProtocol.docc/Protocol.md"
};

static const unsigned char file_63[] = {
#embed "../MartletServer/MartletServer.docc/Access.md"
};

static const unsigned char file_64[] = {
#embed "../MartletServer/MartletServer.docc/Commands.md"
};

static const unsigned char file_65[] = {
#embed "../MartletServer/MartletServer.docc/Demonstration.md"
};

static const unsigned char file_66[] = {
#embed "../MartletServer/MartletServer.docc/Operation.md"
};

static const unsigned char file_67[] = {
#embed "../MartletServer/MartletServer.docc/Runbook.md"
};

static const unsigned char file_68[] = {
#embed "../MartletServer/MartletServer.docc/Speed.md"
};

static const unsigned char file_69[] = {
#embed "../MartletServer/MartletServer.docc/TLS.md"
};

static const unsigned char file_70[] = {
#embed "../MartletStore/MartletStore.docc/DataFile.md"
};

static const struct console_file files[] = {
    {"/core/api.js", file_1, sizeof file_1},
    {"/core/dom.js", file_2, sizeof file_2},
    {"/core/format.js", file_3, sizeof file_3},
    {"/core/goto.js", file_4, sizeof file_4},
    {"/core/keys.js", file_5, sizeof file_5},
    {"/core/live.js", file_6, sizeof file_6},
    {"/core/place.js", file_7, sizeof file_7},
    {"/core/stats.js", file_8, sizeof file_8},
    {"/core/view.js", file_9, sizeof file_9},
    {"/index.html", file_10, sizeof file_10},
    {"/main.js", file_11, sizeof file_11},
    {"/mark.svg", file_12, sizeof file_12},
    {"/pages/articles.js", file_13, sizeof file_13},
    {"/pages/dead.js", file_14, sizeof file_14},
    {"/pages/inbox.js", file_15, sizeof file_15},
    {"/pages/letters.js", file_16, sizeof file_16},
    {"/pages/login.js", file_17, sizeof file_17},
    {"/pages/message.js", file_18, sizeof file_18},
    {"/pages/overview.js", file_19, sizeof file_19},
    {"/pages/process.js", file_20, sizeof file_20},
    {"/pages/subscription.js", file_21, sizeof file_21},
    {"/pages/topic.js", file_22, sizeof file_22},
    {"/pages/topics.js", file_23, sizeof file_23},
    {"/parts/actions.js", file_24, sizeof file_24},
    {"/parts/ask.js", file_25, sizeof file_25},
    {"/parts/attempts.js", file_26, sizeof file_26},
    {"/parts/attention.js", file_27, sizeof file_27},
    {"/parts/body.js", file_28, sizeof file_28},
    {"/parts/browser.js", file_29, sizeof file_29},
    {"/parts/facts.js", file_30, sizeof file_30},
    {"/parts/inboxitem.js", file_31, sizeof file_31},
    {"/parts/letter.js", file_32, sizeof file_32},
    {"/parts/letters.js", file_33, sizeof file_33},
    {"/parts/news.js", file_34, sizeof file_34},
    {"/parts/notice.js", file_35, sizeof file_35},
    {"/parts/plot.js", file_36, sizeof file_36},
    {"/parts/scheduled.js", file_37, sizeof file_37},
    {"/parts/sentence.js", file_38, sizeof file_38},
    {"/parts/settings.js", file_39, sizeof file_39},
    {"/parts/subscriptions.js", file_40, sizeof file_40},
    {"/parts/table.js", file_41, sizeof file_41},
    {"/parts/tree.js", file_42, sizeof file_42},
    {"/parts/waiting.js", file_43, sizeof file_43},
    {"/style/base.css", file_44, sizeof file_44},
    {"/style/pages.css", file_45, sizeof file_45},
    {"/style/parts.css", file_46, sizeof file_46},
    {"/articles/MartletAdmin/Administration.md", file_47, sizeof file_47},
    {"/articles/MartletAdmin/Console.md", file_48, sizeof file_48},
    {"/articles/MartletAdmin/Metrics.md", file_49, sizeof file_49},
    {"/articles/MartletBroker/Accounts.md", file_50, sizeof file_50},
    {"/articles/MartletBroker/DeadLetters.md", file_51, sizeof file_51},
    {"/articles/MartletBroker/Expectations.md", file_52, sizeof file_52},
    {"/articles/MartletBroker/Lanes.md", file_53, sizeof file_53},
    {"/articles/MartletBroker/Promises.md", file_54, sizeof file_54},
    {"/articles/MartletBroker/Repeats.md", file_55, sizeof file_55},
    {"/articles/MartletBroker/Schedules.md", file_56, sizeof file_56},
    {"/articles/MartletBroker/Steps.md", file_57, sizeof file_57},
    {"/articles/MartletBroker/Transactions.md", file_58, sizeof file_58},
    {"/articles/MartletData/Copies.md", file_59, sizeof file_59},
    {"/articles/MartletData/ExportedLines.md", file_60, sizeof file_60},
    {"/articles/MartletData/Verify.md", file_61, sizeof file_61},
    {"/articles/MartletProtocol/Protocol.md", file_62, sizeof file_62},
    {"/articles/MartletServer/Access.md", file_63, sizeof file_63},
    {"/articles/MartletServer/Commands.md", file_64, sizeof file_64},
    {"/articles/MartletServer/Demonstration.md", file_65, sizeof file_65},
    {"/articles/MartletServer/Operation.md", file_66, sizeof file_66},
    {"/articles/MartletServer/Runbook.md", file_67, sizeof file_67},
    {"/articles/MartletServer/Speed.md", file_68, sizeof file_68},
    {"/articles/MartletServer/TLS.md", file_69, sizeof file_69},
    {"/articles/MartletStore/DataFile.md", file_70, sizeof file_70},
};

unsigned long console_file_count(void) { return sizeof files / sizeof *files; }

const struct console_file *console_file_at(unsigned long index) { return &files[index]; }
