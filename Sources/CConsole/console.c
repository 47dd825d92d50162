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
#embed "../MartletAdmin/Console/pages/dead.js"
};

static const unsigned char file_14[] = {
#embed "../MartletAdmin/Console/pages/inbox.js"
};

static const unsigned char file_15[] = {
#embed "../MartletAdmin/Console/pages/letters.js"
};

static const unsigned char file_16[] = {
#embed "../MartletAdmin/Console/pages/login.js"
};

static const unsigned char file_17[] = {
#embed "../MartletAdmin/Console/pages/message.js"
};

static const unsigned char file_18[] = {
#embed "../MartletAdmin/Console/pages/overview.js"
};

static const unsigned char file_19[] = {
#embed "../MartletAdmin/Console/pages/process.js"
};

static const unsigned char file_20[] = {
#embed "../MartletAdmin/Console/pages/subscription.js"
};

static const unsigned char file_21[] = {
#embed "../MartletAdmin/Console/pages/topic.js"
};

static const unsigned char file_22[] = {
#embed "../MartletAdmin/Console/pages/topics.js"
};

static const unsigned char file_23[] = {
#embed "../MartletAdmin/Console/parts/actions.js"
};

static const unsigned char file_24[] = {
#embed "../MartletAdmin/Console/parts/ask.js"
};

static const unsigned char file_25[] = {
#embed "../MartletAdmin/Console/parts/attempts.js"
};

static const unsigned char file_26[] = {
#embed "../MartletAdmin/Console/parts/attention.js"
};

static const unsigned char file_27[] = {
#embed "../MartletAdmin/Console/parts/body.js"
};

static const unsigned char file_28[] = {
#embed "../MartletAdmin/Console/parts/browser.js"
};

static const unsigned char file_29[] = {
#embed "../MartletAdmin/Console/parts/facts.js"
};

static const unsigned char file_30[] = {
#embed "../MartletAdmin/Console/parts/inboxitem.js"
};

static const unsigned char file_31[] = {
#embed "../MartletAdmin/Console/parts/letter.js"
};

static const unsigned char file_32[] = {
#embed "../MartletAdmin/Console/parts/letters.js"
};

static const unsigned char file_33[] = {
#embed "../MartletAdmin/Console/parts/news.js"
};

static const unsigned char file_34[] = {
#embed "../MartletAdmin/Console/parts/notice.js"
};

static const unsigned char file_35[] = {
#embed "../MartletAdmin/Console/parts/plot.js"
};

static const unsigned char file_36[] = {
#embed "../MartletAdmin/Console/parts/scheduled.js"
};

static const unsigned char file_37[] = {
#embed "../MartletAdmin/Console/parts/sentence.js"
};

static const unsigned char file_38[] = {
#embed "../MartletAdmin/Console/parts/settings.js"
};

static const unsigned char file_39[] = {
#embed "../MartletAdmin/Console/parts/subscriptions.js"
};

static const unsigned char file_40[] = {
#embed "../MartletAdmin/Console/parts/table.js"
};

static const unsigned char file_41[] = {
#embed "../MartletAdmin/Console/parts/tree.js"
};

static const unsigned char file_42[] = {
#embed "../MartletAdmin/Console/parts/waiting.js"
};

static const unsigned char file_43[] = {
#embed "../MartletAdmin/Console/style/base.css"
};

static const unsigned char file_44[] = {
#embed "../MartletAdmin/Console/style/pages.css"
};

static const unsigned char file_45[] = {
#embed "../MartletAdmin/Console/style/parts.css"
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
    {"/pages/dead.js", file_13, sizeof file_13},
    {"/pages/inbox.js", file_14, sizeof file_14},
    {"/pages/letters.js", file_15, sizeof file_15},
    {"/pages/login.js", file_16, sizeof file_16},
    {"/pages/message.js", file_17, sizeof file_17},
    {"/pages/overview.js", file_18, sizeof file_18},
    {"/pages/process.js", file_19, sizeof file_19},
    {"/pages/subscription.js", file_20, sizeof file_20},
    {"/pages/topic.js", file_21, sizeof file_21},
    {"/pages/topics.js", file_22, sizeof file_22},
    {"/parts/actions.js", file_23, sizeof file_23},
    {"/parts/ask.js", file_24, sizeof file_24},
    {"/parts/attempts.js", file_25, sizeof file_25},
    {"/parts/attention.js", file_26, sizeof file_26},
    {"/parts/body.js", file_27, sizeof file_27},
    {"/parts/browser.js", file_28, sizeof file_28},
    {"/parts/facts.js", file_29, sizeof file_29},
    {"/parts/inboxitem.js", file_30, sizeof file_30},
    {"/parts/letter.js", file_31, sizeof file_31},
    {"/parts/letters.js", file_32, sizeof file_32},
    {"/parts/news.js", file_33, sizeof file_33},
    {"/parts/notice.js", file_34, sizeof file_34},
    {"/parts/plot.js", file_35, sizeof file_35},
    {"/parts/scheduled.js", file_36, sizeof file_36},
    {"/parts/sentence.js", file_37, sizeof file_37},
    {"/parts/settings.js", file_38, sizeof file_38},
    {"/parts/subscriptions.js", file_39, sizeof file_39},
    {"/parts/table.js", file_40, sizeof file_40},
    {"/parts/tree.js", file_41, sizeof file_41},
    {"/parts/waiting.js", file_42, sizeof file_42},
    {"/style/base.css", file_43, sizeof file_43},
    {"/style/pages.css", file_44, sizeof file_44},
    {"/style/parts.css", file_45, sizeof file_45},
};

unsigned long console_file_count(void) { return sizeof files / sizeof *files; }

const struct console_file *console_file_at(unsigned long index) { return &files[index]; }
